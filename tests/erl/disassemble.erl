%% erts_debug:df/1,2,3 write the machine's code of functions to a file; what is in it is each machine's own.
-module(disassemble).
-export([main/1]).

main(_) ->
    Folder = filename:join(os:getenv("TMPDIR", "/tmp"), "joist_disassemble_" ++ os:getpid()),
    ok = file:make_dir(Folder),
    {ok, Before} = file:get_cwd(),
    ok = file:set_cwd(Folder),
    t:show([erts_debug:df(lists), erts_debug:df(lists, map), erts_debug:df(lists, map, 2), erts_debug:df(prim_net), erts_debug:df(no_such_module)]),
    {ok, Files} = file:list_dir("."),
    t:show(lists:sort(Files)),
    t:show([walk(What) || What <- [{?MODULE, main, 1}, {lists, map, 2}, 0, -1, 12345]]),
    [ok = file:delete(File) || File <- Files],
    ok = file:set_cwd(Before),
    ok = file:del_dir(Folder).

%% True when every address that is given leads on, until the function is over.
walk(What) ->
    case erts_debug:disassemble(What) of
        false -> true;
        {Next, Text, {_, _, _}} when is_integer(Next), is_binary(Text), Next =/= What -> walk(Next)
    end.
