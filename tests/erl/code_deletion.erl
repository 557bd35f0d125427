%% A process that was spawned before its module was deleted or replaced begins in it, and a purge finds it there.
%% (On erl the process now and then begins when its module is gone: .expected.)
-module(code_deletion).
-export([main/1, forever/0]).

main(_) ->
    process_flag(trap_exit, true),
    Forms = [{attribute, 1, module, waits}, {attribute, 1, export, [{start, 0}, {loop, 0}]},
        {function, 1, start, 0, [{clause, 1, [], [], [{call, 1, {atom, 1, spawn_link}, [{atom, 1, waits}, {atom, 1, loop}, {nil, 1}]}]}]},
        {function, 1, loop, 0, [{clause, 1, [], [], [{'receive', 1, [{clause, 1, [{atom, 1, go}], [], [{call, 1, {atom, 1, loop}, []}]}]}]}]}],
    {ok, waits, Code} = compile:forms(Forms),
    t:show([once_more(Code) || _ <- lists:seq(1, 5)]),
    t:show([replaced(Code) || _ <- [1, 2, 3]]),
    %% others go on meanwhile
    Busy = [spawn_link(?MODULE, forever, []) || _ <- lists:seq(1, 4)],
    t:show(once_more(Code)),
    [exit(B, kill) || B <- Busy], t:show([receive {'EXIT', B, Why} -> Why end || B <- Busy]),
    t:show([t:try_it(fun() -> erlang:delete_module(M) end) || M <- [no_such_module, "x"]]).

once_more(Code) ->
    {module, waits} = code:load_binary(waits, "waits.beam", Code),
    P = waits:start(),
    Deleted = code:delete(waits), Soft = code:soft_purge(waits), Purged = code:purge(waits),
    {Deleted, Soft, Purged, receive {'EXIT', P, Why} -> Why after 5000 -> lives end}.

replaced(Code) ->
    {module, waits} = code:load_binary(waits, "waits.beam", Code),
    P = waits:start(),
    {module, waits} = code:load_binary(waits, "waits.beam", Code),
    Soft = code:soft_purge(waits), Purged = code:purge(waits), Deleted = code:delete(waits), Again = code:purge(waits),
    {Soft, Purged, Deleted, Again, receive {'EXIT', P, Why} -> Why after 5000 -> lives end}.

forever() -> forever().
