%% A process of our own carries a connection to a node that does not exist: what it is told, fetches and brings; errors; how it ends.
-module(controller).
-export([main/1]).

main(_) ->
    logger:set_primary_config(level, none),
    register(some_name, self()),
    Node = list_to_atom("c@nowhere"),
    {erts_dflags, All, Mandatory, _, _, _} = Flags = erts_internal:get_dflags(),
    io:format("~p~n", [Flags]),
    refused(Node, All, Mandatory),
    handles(Node),
    Handle = erts_internal:new_connection(Node),
    Controller = spawn_controller(),
    created(Node, Handle, Controller, All),
    output(Node, Handle, Controller),
    input(Handle, Controller),
    io:format("~p~n", [ended(Controller, {shutdown, my_reason})]),
    say(fun() -> erlang:dist_ctrl_put_data(Handle, <<>>) end),
    io:format("~p~n", [erlang:dist_get_stat(Handle)]),
    io:format("~p ~p~n", [nodes(hidden), malformed(Node, All)]).

%% What create_dist_channel refuses.
refused(Node, All, Mandatory) ->
    Pid = spawn(fun() -> ok end),
    say(fun() -> erlang:setnode(Node, Pid, {1, 2}) end),
    [io:format("~p~n", [catch erts_internal:create_dist_channel(N, C, O)])
     || {N, C, O} <- [{x, self(), {All, 2}}, {Node, foo, {All, 2}}, {Node, self(), {-1, 2}}, {Node, self(), {All, -1}},
                      {Node, self(), {Mandatory - 4, 1}}, {node(), self(), {All, 1}}, {Node, self(), []}, {Node, self(), {All, 1}}]].

handles(Node) ->
    First = {Id, _} = erts_internal:new_connection(Node),
    io:format("~p ~p~n", [is_integer(Id), erts_internal:new_connection(Node) =:= First]),
    io:format("~p~n", [erlang:dist_get_stat(First)]),
    io:format("~p ~p~n", [erts_internal:abort_pending_connection(Node, First), erts_internal:abort_pending_connection(Node, First)]),
    say(fun() -> erts_internal:abort_pending_connection(list_to_atom("e@nowhere"), First) end),
    say(fun() -> erts_internal:new_connection(node()) end),
    Second = erts_internal:new_connection(Node),
    say(fun() -> erlang:dist_get_stat(First) end),
    true = erts_internal:abort_pending_connection(Node, Second).

%% Does what it is asked, and passes dist_data on.
spawn_controller() ->
    Self = self(),
    spawn(fun() -> loop(Self) end).

loop(Parent) ->
    receive
        {run, F} -> Parent ! {self(), F()};
        dist_data -> Parent ! {self(), dist_data}
    end,
    loop(Parent).

run(Controller, F) ->
    Controller ! {run, fun() -> result(F) end},
    receive {Controller, R} -> io:format("~p~n", [R]) end.

say(F) -> io:format("~p~n", [result(F)]).

result(F) ->
    try F()
    catch Class:Reason:Stack -> {Class, Reason, element(1, hd(Stack)), element(2, hd(Stack))}
    end.

created(Node, Handle, Controller, All) ->
    {message, Ref} = erts_internal:create_dist_channel(Node, Controller, {All, 7}),
    receive {Ref, Got} -> io:format("~p~n", [Got =:= Handle]) end,
    {message, Again} = erts_internal:create_dist_channel(Node, Controller, {All, 7}),
    receive {Again, R} -> io:format("~p~n", [R]) end,
    io:format("~p ~p ~p~n", [nodes(), nodes(hidden) =:= [Node], erts_internal:abort_pending_connection(Node, Handle)]).

output(Node, Handle, C) ->
    say(fun() -> erlang:dist_ctrl_get_data(Handle) end),
    run(C, fun() -> erlang:dist_ctrl_get_data(foo) end),
    run(C, fun() -> erlang:dist_ctrl_get_data(Handle) end),
    run(C, fun() -> erlang:dist_ctrl_get_opt(Handle, get_size) end),
    run(C, fun() -> erlang:dist_ctrl_set_opt(Handle, get_size, true) end),
    run(C, fun() -> erlang:dist_ctrl_set_opt(Handle, get_size, maybe_true) end),
    run(C, fun() -> erlang:dist_ctrl_set_opt(Handle, get, true) end),
    run(C, fun() -> erlang:dist_ctrl_get_opt(Handle, get) end),
    run(C, fun() -> erlang:dist_ctrl_get_opt(Handle, get_size) end),
    Notify = fun() -> run(C, fun() -> erlang:dist_ctrl_get_data_notification(Handle) end) end,
    Notify(),
    {x, Node} ! hello,
    io:format("~p~n", [told(C)]),
    Get = fun() -> run(C, fun() -> sizes(erlang:dist_ctrl_get_data(Handle)) end) end,
    Get(),
    Get(),
    Notify(),
    io:format("~p~n", [told(C)]),
    [{x, Node} ! hello || _ <- [1, 2]],
    io:format("~p ~p~n", [told(C), told(C)]),
    Notify(),
    io:format("~p~n", [told(C)]),
    [Get() || _ <- [1, 2, 3]],
    {ok, In, Out, Waiting} = erlang:dist_get_stat(Handle),
    io:format("~p~n", [{In, Out, Waiting}]).

sizes({Size, Packet}) -> {Size =:= iolist_size(Packet), binary:part(iolist_to_binary(Packet), 0, 2)};
sizes(none) -> none.

told(Controller) ->
    receive {Controller, dist_data} -> true after 200 -> false end.

input(Handle, C) ->
    Put = fun(Data) -> fun() -> erlang:dist_ctrl_put_data(Handle, Data) end end,
    say(Put(<<>>)),
    say(fun() -> erlang:dist_ctrl_put_data(foo, <<>>) end),
    say(Put(1)),
    say(Put([<<>>])),
    say(Put([x])),
    run(C, Put([])),
    run(C, Put(<<>>)),
    Self = self(),
    run(C, fun() -> erlang:dist_ctrl_input_handler(Handle, foo) end),
    run(C, fun() -> erlang:dist_ctrl_input_handler(Handle, Self) end),
    run(C, Put(<<>>)),
    io:format("~p~n", [element(2, erlang:dist_get_stat(Handle))]),
    From = binary_to_term(<<131, 88, 119, 9, "c@nowhere", 0:32, 1:32, 7:32, 7:32>>),
    <<131, Control/binary>> = term_to_binary({6, From, '', some_name}),
    <<131, Message/binary>> = term_to_binary({from, there}),
    Packet = <<131, 68, 0, Control/binary, Message/binary>>,
    Size = byte_size(Packet),
    <<_:3, Unaligned:Size/binary, _/bitstring>> = <<0:3, Packet/binary, 0:5>>,
    [begin say(Put(P)), io:format("~p~n", [receive {from, there} -> came after 1000 -> missing end]) end
     || P <- [Packet, Unaligned, [131, 68, [0, Control], Message]]].

ended(Controller, Reason) ->
    net_kernel:monitor_nodes(true, [{node_type, all}, nodedown_reason]),
    exit(Controller, Reason),
    receive {nodedown, _, Info} -> Info after 2000 -> still_up end.

%% What no node sends ends the controller.
malformed(Node, All) ->
    Self = self(),
    {_, Monitor} = spawn_monitor(fun() ->
        _ = erts_internal:new_connection(Node),
        Handle = erlang:setnode(Node, self(), {All, 7}),
        Self ! result(fun() -> erlang:setnode(Node, self(), {All, 7}) end),
        erlang:dist_ctrl_put_data(Handle, <<131, 68, 0, 7, 7, 7>>),
        receive after infinity -> ok end
    end),
    Second = receive {error, _, _, _} = E -> E end,
    Ended = receive {'DOWN', Monitor, _, _, Reason} -> Reason end,
    receive {nodedown, _, Info} -> {Second, Ended, Info} after 2000 -> still_up end.
