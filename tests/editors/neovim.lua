-- Does a real Neovim get on with the language server? Opens CLOSURES_FILE with the configuration CLOSURES_CONFIG, types
-- in it, and writes what it was told, as JSON, to CLOSURES_ANSWERS. For Neovim 0.7 and later.

local path, configuration, answers = vim.env.CLOSURES_FILE, vim.env.CLOSURES_CONFIG, vim.env.CLOSURES_ANSWERS
local told = {}

local function clients()
  return (vim.lsp.get_clients or vim.lsp.get_active_clients)()
end

local function wait(what, done)
  if not vim.wait(60000, done, 20) then
    error("waited in vain for " .. what)
  end
end

local function diagnostics()
  local found = {}
  for _, each in ipairs(vim.diagnostic.get(0)) do
    local line = vim.api.nvim_buf_get_lines(0, each.lnum, each.lnum + 1, true)[1]
    table.insert(found, {
      line = each.lnum + 1,
      marked = line:sub(each.col + 1, each.end_col),
      code = each.code or each.user_data.lsp.code,
      source = each.source,
    })
  end
  return found
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n")
end

local function ask(method, params)
  local client = clients()[1]
  local answer = assert(vim.lsp.buf_request_sync(0, method, params, 60000))[client.id]
  assert(not (answer.err or answer.error), vim.inspect(answer))
  return answer.result
end

local function position()
  return vim.lsp.util.make_position_params(0, clients()[1].offset_encoding)
end

local function actions(only)
  local params = vim.lsp.util.make_range_params(0, clients()[1].offset_encoding)
  params.context = { diagnostics = {}, only = only }
  return ask("textDocument/codeAction", params)
end

local function run()
  vim.cmd("filetype on")
  vim.cmd("source " .. configuration)
  vim.cmd("edit " .. path)
  wait("the first finding", function() return #vim.diagnostic.get(0) > 0 end)
  told.opened = diagnostics()
  told.encoding = clients()[1].offset_encoding

  -- What is typed and not saved counts.
  vim.api.nvim_buf_set_lines(0, -1, -1, true, { "for word in made:", "    é = '😀'; made.append(lambda: word)" })
  wait("the second finding", function() return #vim.diagnostic.get(0) == 2 end)
  told.typed = diagnostics()

  -- Repair the finding on the line of the cursor, in the way that is preferred.
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(0), 0 })
  local offered = actions()
  told.titles = vim.tbl_map(function(action) return action.title end, offered)
  for _, action in ipairs(offered) do
    if action.isPreferred then
      vim.lsp.util.apply_workspace_edit(action.edit, clients()[1].offset_encoding)
    end
  end
  told.repaired = text()
  wait("one finding less", function() return #vim.diagnostic.get(0) == 1 end)

  -- What there is to tell of the name and the closure under the cursor.
  vim.api.nvim_win_set_cursor(0, { 3, 16 })
  told.hover = ask("textDocument/hover", position()).contents.value

  local everything = actions({ "source.fixAll.closures" })
  vim.lsp.util.apply_workspace_edit(everything[1].edit, clients()[1].offset_encoding)
  told.fixed = text()
  wait("no finding", function() return #vim.diagnostic.get(0) == 0 end)

  if vim.env.CLOSURES_ON_SAVE then
    vim.cmd("source " .. vim.env.CLOSURES_ON_SAVE)
    vim.api.nvim_buf_set_lines(0, 0, -1, true, vim.fn.readfile(path))
    vim.cmd("silent write! " .. path .. ".saved.py")
    told.saved = text()
  end
end

local ok, problem = xpcall(run, debug.traceback)
told.problem = not ok and problem or nil
local file = assert(io.open(answers, "w"))
file:write(vim.fn.json_encode(told))
file:close()
vim.lsp.stop_client(vim.tbl_map(function(client) return client.id end, clients()))
vim.cmd("qall!")
