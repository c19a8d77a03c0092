;; Does a real Emacs get on with the language server? Opens $CLOSURES_FILE with the configuration $CLOSURES_CONFIG, types
;; in it, and writes what it was told, as JSON, to $CLOSURES_ANSWERS.

(require 'json)
(require 'flymake)
(load (getenv "CLOSURES_CONFIG"))

(defvar told nil)

(defun tell (key value) (push (cons key value) told))

(defun await (what done)
  (let ((end (+ (float-time) 60)))
    (while (not (funcall done))
      (when (> (float-time) end) (error "waited in vain for %s" what))
      (accept-process-output nil 0.05))))

(defun findings ()
  (flymake-start nil)
  (sort (mapcar (lambda (each)
                  (list (line-number-at-pos (flymake-diagnostic-beg each))
                        (buffer-substring-no-properties (flymake-diagnostic-beg each) (flymake-diagnostic-end each))
                        (flymake-diagnostic-text each)))
                (flymake-diagnostics))
        (lambda (one other) (< (car one) (car other)))))

(defun text () (buffer-substring-no-properties (point-min) (point-max)))

(defun run ()
  (find-file (getenv "CLOSURES_FILE"))
  (setq-local eglot-send-changes-idle-time 0)
  (apply #'eglot (eglot--guess-contact))
  (await "the server" #'eglot-current-server)
  (await "the first finding" (lambda () (= (length (findings)) 1)))
  (tell 'opened (vconcat (findings)))
  (goto-char (point-max))
  (insert "for word in made:\n    é = '😀'; made.append(lambda: word)\n")
  (eglot--signal-textDocument/didChange)
  (await "the second finding" (lambda () (= (length (findings)) 2)))
  (tell 'typed (vconcat (findings)))
  (search-backward "lambda")
  (let* ((offered (eglot-code-actions (point) (point)))
         (preferred (seq-find (lambda (each) (eq (plist-get each :isPreferred) t)) offered)))
    (tell 'titles (vconcat (mapcar (lambda (each) (plist-get each :title)) offered)))
    (eglot--apply-workspace-edit (plist-get preferred :edit)))
  (tell 'repaired (text)))

(condition-case problem (run) (error (tell 'problem (format "%S" problem))))
(write-region (json-encode told) nil (getenv "CLOSURES_ANSWERS"))
(ignore-errors (eglot-shutdown (eglot-current-server) nil 5))
(let ((kill-emacs-hook nil)) (kill-emacs 0))
