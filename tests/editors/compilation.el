;; What does compilation mode make of the lines of flake8? Reads $CLOSURES_LINES, writes JSON to $CLOSURES_ANSWERS.

(require 'compile)
(require 'json)

(with-temp-buffer
  (insert-file-contents (getenv "CLOSURES_LINES"))
  (compilation-mode)
  (compilation--ensure-parse (point-max))
  (goto-char (point-min))
  (let (found)
    (while (not (eobp))
      (let ((message (get-text-property (point) 'compilation-message)))
        (when message
          (let ((place (compilation--message->loc message)))
            (push (list (caar (compilation--loc->file-struct place))
                        (compilation--loc->line place)
                        (compilation--loc->col place))
                  found))))
      (forward-line))
    (write-region (json-encode (vconcat (nreverse found))) nil (getenv "CLOSURES_ANSWERS"))))
