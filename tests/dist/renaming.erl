%% A node gets a name, loses it while there are connections, and gets another; pids and references stay what they are.
-module(renaming).
-export([main/1, nameless/0]).

%% The name given on the command line cannot be given up, so this happens on a node that has none at first.
main(_) ->
    Paths = lists:append([["-pa", P] || P <- code:get_path(), string:find(P, "build/tests") =/= nomatch]),
    {ok, Peer, _} = peer:start(#{connection => standard_io, exec => os:getenv("PEER_ERL"), args => ["-kernel", "logger_level", "none" | Paths]}),
    [io:format("~p~n", [Result]) || Result <- peer:call(Peer, ?MODULE, nameless, [], 60000)],
    peer:stop(Peer).

nameless() ->
    process_flag(trap_exit, true),
    Me = self(),
    Ref = make_ref(),
    Kept = term_to_binary({Me, Ref}),
    ok = net_kernel:monitor_nodes(true, [{node_type, all}, nodedown_reason]),
    Node = 'b@127.0.0.1',
    Port = d:start_port(Node, ["-setcookie", "tests", "-hidden"]),
    First = [{node(), is_alive(), node(Me), erts_internal:get_creation()}, t:try_it(fun() -> monitor_node(Node, true) end)],
    Second = named('c@127.0.0.1', Node, Me, Ref, Kept),
    There = spawn_link(Node, timer, sleep, [infinity]),
    monitor_node(Node, true),
    {_, Mon} = spawn_monitor(Node, timer, sleep, [infinity]),
    Text = binary_to_list(erlang:system_info(dist)),
    Third = [[{N, is_port(P)} || {N, P} <- erlang:system_info(dist_ctrl)],
             [string:find(Text, T) =/= nomatch || T <- ["=node:'c@127.0.0.1'", "=hidden_node:", "Controller: #Port<", "Remote link: <"]],
             net_kernel:stop(),
             d:wait_until(fun() -> not is_alive() end),
             {node(), node(Me), node(There), nodes(connected), erts_internal:get_creation()},
             lists:sort([what(M, There, Mon) || M <- d:collect(500)]),
             begin There ! lost, t:try_it(fun() -> monitor(process, {init, Node}) end) end],
    link(There),
    Gone = receive {'EXIT', There, Why} -> Why end,
    Fourth = named('d@127.0.0.1', Node, Me, Ref, Kept),
    port_close(Port),
    First ++ Second ++ Third ++ [Gone] ++ Fourth.

named(Name, Node, Me, Ref, Kept) ->
    {ok, _} = net_kernel:start([Name, longnames]),
    erlang:set_cookie(tests),
    d:wait_until(fun() -> net_kernel:connect_node(Node) end),
    {Old, OldRef} = binary_to_term(Kept),
    rpc:call(Node, erlang, send, [Me, hello]),
    [{node(), is_alive(), node(Me), node(Ref)},
     {Old =:= Me, OldRef =:= Ref, node(Old)},
     binary_to_term(term_to_binary({Me, Ref})) =:= {Me, Ref},
     {nodes(), nodes(hidden), rpc:call(Node, erlang, nodes, [connected])},
     receive hello -> hello end,
     d:collect(200)].

what({'EXIT', There, Why}, There, _) -> {exit, Why};
what({'DOWN', Mon, process, _, Why}, _, Mon) -> {down, Why};
what(Message, _, _) -> Message.
