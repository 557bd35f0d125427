%% Links, monitors and exit signals between nodes.
-module(links).
-export([main/1, waiting/0]).

main(_) ->
    process_flag(trap_exit, true),
    {Node, _} = Peer = d:start("b"),
    io:format("~p~n", [[down(Node, R) || R <- [normal, kill, {large, lists:seq(1, 100)}, reason]]]),
    io:format("linked: ~p~n", [[linked(Node, R) || R <- [normal, kill, reason]]]),
    Gone = rpc:call(Node, erlang, spawn, [erlang, now, []]),
    d:wait_until(fun() -> rpc:call(Node, erlang, is_process_alive, [Gone]) =:= false end),
    R1 = monitor(process, Gone),
    receive {'DOWN', R1, process, Gone, Why1} -> io:format("gone: ~p~n", [Why1]) end,
    R2 = monitor(process, {nobody, Node}),
    receive {'DOWN', R2, process, Item2, Why2} -> io:format("gone: ~p ~p~n", [Item2, Why2]) end,
    R3 = monitor(process, {rpc_server(), Node}),
    io:format("demonitor: ~p ~p~n", [demonitor(R3), d:collect(50)]),
    link(Gone),
    receive {'EXIT', Gone, Why3} -> io:format("link to nobody: ~p~n", [Why3]) end,
    unlinked(Node),
    remote_end(Node),
    R4 = monitor(process, spawn(Node, ?MODULE, waiting, []), [{tag, mine}, {alias, reply_demonitor}]),
    R5 = monitor(process, {init, Node}),
    L = spawn_link(Node, ?MODULE, waiting, []),
    S = self(),
    Watched = spawn(fun() -> receive X -> S ! {watched, X} end end),
    W = spawn(Node, fun() -> link(Watched), monitor(process, Watched), S ! ready, waiting() end),
    receive ready -> ok end,
    monitor_node(Node, true),
    monitor_node(Node, true),
    monitor_node(Node, false),
    d:kill(Peer),
    io:format("~p~n", [lists:sort([what(M, [{R4, r4}, {R5, r5}, {L, l}, {W, w}]) || M <- d:collect(300)])]),
    io:format("watched is alive: ~p~n", [is_process_alive(Watched)]),
    io:format("~p ~p~n", [nodes(), net_adm:ping(Node)]),
    R6 = monitor(process, L),
    receive {'DOWN', R6, _, _, Why6} -> io:format("~p~n", [Why6]) end,
    link(L),
    receive {'EXIT', L, Why7} -> io:format("~p~n", [Why7]) end,
    monitor_node(Node, true),
    receive M8 -> io:format("~p~n", [M8]) end,
    exit(L, reason),
    L ! lost,
    io:format("~p~n", [d:collect(50)]).

what({mine, R, process, _, Why}, Names) -> {mine, proplists:get_value(R, Names), Why};
what({'DOWN', R, process, {_, _} = Item, Why}, Names) -> {down, proplists:get_value(R, Names), Item, Why};
what({'EXIT', P, _}, _) when is_port(P) -> port;
what({'EXIT', P, Why}, Names) -> {exit, proplists:get_value(P, Names), Why};
what(Other, _) -> Other.

rpc_server() -> rex.

waiting() -> receive {exit, Reason} -> exit(Reason); {unlink, P} -> unlink(P), waiting(); {link, P, From} -> link(P), From ! linked, waiting() end.

down(Node, Reason) ->
    {P, R} = spawn_monitor(Node, ?MODULE, waiting, []),
    if Reason =:= kill -> exit(P, kill); true -> P ! {exit, Reason} end,
    receive {'DOWN', R, process, P, Why} -> Why end.

linked(Node, Reason) ->
    P = spawn_link(Node, ?MODULE, waiting, []),
    if Reason =:= kill -> exit(P, kill); true -> P ! {exit, Reason} end,
    receive {'EXIT', P, Why} -> Why end.

%% Unlinked from either side, linked again.
unlinked(Node) ->
    P = spawn_link(Node, ?MODULE, waiting, []),
    unlink(P), link(P), unlink(P), link(P),
    P ! {unlink, self()},
    io:format("~p~n", [process_info(self(), links) =/= undefined]),
    P ! {link, self(), self()},
    receive linked -> ok end,
    P ! {exit, again},
    receive {'EXIT', P, Why} -> io:format("~p~n", [Why]) end,
    Q = spawn_link(Node, ?MODULE, waiting, []),
    unlink(Q),
    Q ! {exit, silent},
    io:format("~p~n", [d:collect(50)]).

%% One of this node ends, and one there is told.
remote_end(Node) ->
    Self = self(),
    Mine = spawn(fun waiting/0),
    There = spawn(Node, fun() ->
        process_flag(trap_exit, true),
        R = monitor(process, Mine),
        link(Mine),
        Self ! ready,
        receive {'DOWN', R, process, Mine, Down} -> ok end,
        receive {'EXIT', Mine, Exit} -> ok end,
        Self ! {self(), Down, Exit},
        receive {'EXIT', Self, Sent} -> Self ! {self(), Sent} end
    end),
    receive ready -> Mine ! {exit, {my, reason}} end,
    receive {There, Down, Exit} -> io:format("~p ~p~n", [Down, Exit]) end,
    exit(There, from_me),
    receive {There, Sent} -> io:format("~p~n", [Sent]) end.
