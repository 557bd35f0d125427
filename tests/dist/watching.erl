%% Nodes that come and go, as those who watch them are told.
-module(watching).
-export([main/1]).

main(_) ->
    io:format("~p ~p ~p~n", [node(), is_alive(), nodes()]),
    ok = net_kernel:monitor_nodes(true),
    Self = self(),
    Watchers = [spawn_link(fun() -> ok = net_kernel:monitor_nodes(true, O), Self ! ready, watch(Self, O) end) || O <- options()],
    [receive ready -> ok end || _ <- Watchers],
    {B, _} = P1 = d:start("b"),
    {C, _} = P2 = d:start("c", ["-hidden"]),
    io:format("~p ~p ~p ~p~n", [nodes(), nodes(hidden), nodes(this), lists:sort(nodes(connected))]),
    io:format("~p~n", [lists:sort([{N, maps:without([connection_id], I)} || {N, I} <- nodes(connected, #{connection_id => true, node_type => true})])]),
    [t:show(t:try_it(fun() -> nodes(W) end)) || W <- [bad, [visible, this], [], [hidden | bad]]],
    monitor_node(B, true), monitor_node(C, true), monitor_node(B, true),
    io:format("~p~n", [lists:sort(d:collect(200))]),
    io:format("~p ~p~n", [erlang:disconnect_node(C), erlang:disconnect_node(C)]),
    io:format("~p~n", [lists:sort(d:collect(200))]),
    d:kill(P1),
    d:kill(P2),
    io:format("~p~n", [lists:sort(d:collect(200))]),
    io:format("~p~n", [nodes(connected)]),
    monitor_node('none@127.0.0.1', true),
    receive M -> io:format("~p~n", [M]) end,
    [t:show(t:try_it(fun() -> monitor_node(N, F) end)) || {N, F} <- [{node(), true}, {node(), false}, {"b", true}, {B, maybe}]],
    [t:show(t:try_it(fun() -> net_kernel:monitor_nodes(F, O) end)) || {F, O} <- [{maybe, []}, {true, [bad]}, {true, [{node_type, bad}]}, {false, []}]],
    ok = net_kernel:monitor_nodes(false),
    {_, _} = d:start("b"),
    io:format("~p~n", [d:collect(200)]),
    io:format("~p~n", [lists:sort([{O, lists:sort(Ms)} || {O, Ms} <- [begin W ! {Self, tell}, receive {W, R} -> R end end || W <- Watchers]])]),
    io:format("~p ~p~n", [net_kernel:stop(), node()]).

options() -> [[nodedown_reason], [{node_type, all}], [{node_type, hidden}, nodedown_reason], #{node_type => all}, #{nodedown_reason => true}].

watch(Parent, Options) ->
    receive {Parent, tell} -> Parent ! {self(), {Options, [without_id(M) || M <- d:collect(100)]}} end.

without_id({What, Node, #{} = Info}) -> {What, Node, maps:without([connection_id], Info)};
without_id(M) -> M.
