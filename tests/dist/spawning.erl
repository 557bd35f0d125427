%% Processes started on another node.
-module(spawning).
-export([main/1, tell/1, tell/2]).

main(_) ->
    process_flag(trap_exit, true),
    {Node, _} = Peer = d:start("b"),
    Self = self(),
    P1 = spawn(Node, ?MODULE, tell, [Self]), told(P1),
    P2 = spawn(Node, fun() -> tell(Self) end), told(P2),
    P3 = spawn_link(Node, fun() -> tell(Self) end), told(P3), receive {'EXIT', P3, E3} -> io:format("~p~n", [E3]) end,
    {P4, R4} = spawn_monitor(Node, ?MODULE, tell, [Self]), told(P4), receive {'DOWN', R4, process, P4, E4} -> io:format("~p~n", [E4]) end,
    {P5, R5} = spawn_opt(Node, ?MODULE, tell, [Self], [monitor, link, {priority, high}, {min_heap_size, 5000}]), told(P5),
    receive {'DOWN', R5, process, P5, E5} -> io:format("~p~n", [E5]) end,
    receive {'EXIT', P5, E6} -> io:format("~p~n", [E6]) end,
    {P6, R6} = spawn_opt(Node, ?MODULE, tell, [Self], [{monitor, [{tag, 'GONE'}]}]), told(P6), receive {'GONE', R6, process, P6, _} -> io:format("gone~n") end,
    io:format("~p~n", [[t:try_it(fun() -> spawn_opt(Node, ?MODULE, tell, [Self], O) end) || O <- [[bad], [{priority, bad}], [{bad, 1}]]]]),
    io:format("~p~n", [[t:try_it(F) || F <- [fun() -> spawn(Node, 1, tell, []) end, fun() -> spawn(Node, a, b, [c | d]) end, fun() -> spawn("b", a, b, []) end]]]),
    requests(Node),
    Big = lists:seq(1, 100000),
    P7 = spawn(Node, ?MODULE, tell, [Self, Big]), receive {P7, Sum} -> io:format("~p ~p~n", [Sum, Sum =:= lists:sum(Big)]) end,
    Undef = spawn_link(Node, no_such_module, f, [1]), receive {'EXIT', Undef, {W, [{M, F, A, _} | _]}} -> io:format("~p ~p~n", [W, {M, F, A}]) end,
    io:format("~p~n", [rpc:call(Node, erlang, group_leader, []) =:= group_leader()]),
    io:format("~p~n", [erpc:call(Node, fun() -> node(group_leader()) end)]),
    io:format("~p~n", [[t:try_it(fun() -> erpc:call(Node, C) end) || C <- [fun() -> error(e) end, fun() -> exit(x) end, fun() -> throw(t) end, fun() -> {ok, node()} end]]]),
    io:format("~p~n", [erpc:multicall([node(), Node, 'none@127.0.0.1'], erlang, node, [])]),
    d:kill(Peer),
    P8 = spawn_link(Node, ?MODULE, tell, [Self]), receive {'EXIT', P8, E8} -> io:format("~p~n", [E8]) end,
    {P9, R9} = spawn_monitor(Node, ?MODULE, tell, [Self]), receive {'DOWN', R9, process, P9, E9} -> io:format("~p~n", [E9]) end,
    Q = spawn_request(Node, ?MODULE, tell, [Self], [{reply_tag, t}]), receive {t, Q, error, E10} -> io:format("~p~n", [E10]) end,
    io:format("~p~n", [[M || M <- d:collect(50), not is_port(element(2, M))]]).

tell(To) -> To ! {self(), node(), process_info(self(), [priority, initial_call])}.
tell(To, List) -> To ! {self(), lists:sum(List)}.

told(P) -> receive {P, N, I} -> io:format("~p ~p~n", [N, I]) end.

requests(Node) ->
    Self = self(),
    A = spawn_request(Node, ?MODULE, tell, [Self]), receive {spawn_reply, A, ok, PA} -> told(PA) end,
    B = spawn_request(Node, ?MODULE, tell, [Self], [{reply_tag, {my, tag}}, monitor]), receive {{my, tag}, B, ok, PB} -> told(PB) end,
    receive {'DOWN', B, process, PB, EB} -> io:format("~p~n", [EB]) end,
    C = spawn_request(Node, ?MODULE, tell, [Self], [bad_option]), receive {spawn_reply, C, error, EC} -> io:format("~p~n", [EC]) end,
    D = spawn_request(Node, ?MODULE, tell, [Self], [{reply, no}]), receive {PD, _, _} -> io:format("~p ~p~n", [node(PD), is_reference(D)]) end,
    _ = spawn_request(Node, ?MODULE, tell, [Self], [{reply, error_only}, bad_option]), receive {spawn_reply, _, error, EE} -> io:format("~p~n", [EE]) end,
    F = spawn_request(Node, timer, sleep, [infinity], [link]), receive {spawn_reply, F, ok, PF} -> unlink(PF), exit(PF, kill) end,
    G = spawn_request(Node, ?MODULE, tell, [Self], [{reply, yes}]),
    Abandoned = spawn_request_abandon(G),
    io:format("~p ~p~n", [lists:member(Abandoned, [true, false]), spawn_request_abandon(G)]),
    d:collect(100).
