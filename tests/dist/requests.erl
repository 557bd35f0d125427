%% Spawn requests whose answer does not come at once: the asker exits, abandons them, or the node is gone. The other node is stopped (SIGSTOP)
%% while they are made.
-module(requests).
-export([main/1, child/2, loop/0]).

main(_) ->
    {Node, Port} = d:start("b"),
    process_flag(trap_exit, true),
    {os_pid, OsPid} = erlang:port_info(Port, os_pid),
    put(os_pid, integer_to_list(OsPid)),
    put(node, Node),
    register(tester, self()),
    asker_exits(linked, [link], fun(_) -> exit({shutdown, bye}) end),
    asker_exits(monitored, [monitor], fun(_) -> exit(over) end),
    asker_exits(abandoned, [link], fun(Id) -> true = spawn_request_abandon(Id), exit(over) end),
    abandoned(),
    alias(),
    options(),
    lost(Port).

%% What is done meanwhile is done without the other node, and told here.
without_node(Fun) ->
    stop_node(),
    Result = Fun(),
    os:cmd("kill -CONT " ++ get(os_pid)),
    Result.

%% Returns when all its threads stand still.
stop_node() ->
    os:cmd("kill -STOP " ++ get(os_pid) ++ "; while grep -L 'State:.T' /proc/" ++ get(os_pid) ++ "/task/*/status | grep -q .; do sleep 0.01; done").

tester() -> {tester, node()}.

child(To, Name) ->
    process_flag(trap_exit, true),
    To ! {child, Name, self()},
    receive {'EXIT', _, Reason} -> To ! {Name, got, Reason} end.

loop() -> receive after infinity -> ok end.

request(Name, Options) -> spawn_request(get(node), ?MODULE, child, [tester(), Name], Options).

%% A child that hears of it at once may not get so far as to trap exits.
asker_exits(Name, Options, End) ->
    Node = get(node),
    To = tester(),
    {P, M} = without_node(fun() -> spawn_monitor(fun() -> End(spawn_request(Node, ?MODULE, child, [To, Name], Options)) end) end),
    receive {'DOWN', M, process, P, Reason} -> io:format("~p: ~p~n", [Name, Reason]) end,
    Messages = [M1 || M1 <- d:collect(300), element(1, M1) =:= Name],
    io:format("~p~n", [lists:usort(Messages) -- [{Name, got, Reason}, {Name, got, abandoned}]]),
    io:format("~p~n", [d:wait_until(fun() -> children() =:= case Name of monitored -> 1; _ -> 0 end end)]),
    kill_children().

children() -> length(all_children()).

all_children() ->
    [P || P <- rpc:call(get(node), erlang, processes, []),
          rpc:call(get(node), erlang, process_info, [P, initial_call]) =:= {initial_call, {?MODULE, child, 2}}].

kill_children() ->
    [exit(P, kill) || P <- all_children()],
    d:wait_until(fun() -> children() =:= 0 end),
    d:collect(50).

abandoned() ->
    {Ids, Answers} = without_node(fun() ->
        All = [request(a, [link]), request(b, [monitor]), request(c, [])],
        {All, [spawn_request_abandon(Id) || Id <- All ++ All]} end),
    io:format("~p ~p~n", [length(Ids), Answers]),
    d:wait_until(fun() -> children() =:= 2 end),
    io:format("~p~n", [lists:sort([case M of {child, Name, _} -> {child, Name}; _ -> M end || M <- d:collect(200)]) -- [{child, a}, {a, got, abandoned}]]),
    io:format("~p ~p~n", [[P || P <- element(2, process_info(self(), links)), is_pid(P), node(P) =/= node()], process_info(self(), monitors)]),
    kill_children().

alias() ->
    {Id, Taken} = without_node(fun() ->
        I = request(d, [{monitor, [{alias, reply_demonitor}, {tag, gone}]}, {reply_tag, {my, reply}}]),
        {I, demonitor(I, [info])} end),
    io:format("~p~n", [Taken]),
    receive {{my, reply}, Id, ok, Child} -> ok end,
    receive {child, d, Child} -> ok end,
    io:format("~p~n", [process_info(self(), monitors) =:= {monitors, [{process, Child}]}]),
    exit(Child, over),
    io:format("~p~n", [[case M of {gone, Id, process, Child, Why} -> {gone, Why}; _ -> M end || M <- d:collect(200)]]),
    {C2, Id2} = spawn_opt(get(node), ?MODULE, child, [tester(), e], [{monitor, [{alias, explicit_unalias}]}]),
    receive {child, e, C2} -> ok end,
    exit(C2, over),
    io:format("~p~n", [[case M of {'DOWN', Id2, process, C2, Why} -> {down, Why}; _ -> M end || M <- d:collect(200)]]),
    rpc:call(get(node), erlang, send, [Id2, still]),
    io:format("~p ~p ~p~n", [d:collect(100), unalias(Id2), unalias(Id2)]).

options() ->
    {P, R} = spawn_opt(get(node), ?MODULE, loop, [], [link, monitor, {priority, high}, {message_queue_data, off_heap}, {fullsweep_after, 5}]),
    Me = self(),
    io:format("~p~n", [rpc:call(get(node), erlang, process_info, [P, [priority, message_queue_data, initial_call]])]),
    io:format("~p~n", [rpc:call(get(node), erlang, process_info, [P, [links, monitored_by, parent]]) =:= [{links, [Me]}, {monitored_by, [Me]}, {parent, Me}]]),
    unlink(P),
    exit(P, kill),
    receive {'DOWN', R, process, P, Why} -> io:format("~p~n", [Why]) end,
    {_, R2} = spawn_opt(get(node), ?MODULE, loop, lists:seq(1, 300), [monitor]),
    receive {'DOWN', R2, process, _, {Undef, _}} -> io:format("~p~n", [Undef]) end.

lost(Port) ->
    stop_node(),
    Ids = [{request(f, [link, monitor]), f}, {request(g, [{reply, success_only}]), g}, {request(h, [{reply, error_only}, {reply_tag, mine}]), h},
           {request(i, [link]), i}],
    spawn_request_abandon(element(1, lists:last(Ids))),
    d:kill({get(node), Port}),
    {F, H} = {element(1, hd(Ids)), element(1, lists:nth(3, Ids))},
    receive {spawn_reply, F, error, Why1} -> io:format("~p~n", [Why1]) end,
    receive {mine, H, error, Why2} -> io:format("~p~n", [Why2]) end,
    io:format("~p~n", [[M || M <- d:collect(200), element(1, M) =/= 'EXIT']]),
    io:format("~p~n", [process_info(self(), monitors)]).
