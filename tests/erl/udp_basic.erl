%% gen_udp: sending and receiving, active modes, connected sockets, ancillary data, local names, multicast, errors.
-module(udp_basic).
-export([main/1]).

main(_) ->
    passive(),
    active(),
    connected(),
    ancillary(),
    families(),
    options().

open(Options) ->
    {ok, S} = gen_udp:open(0, [{ip, {127, 0, 0, 1}} | Options]),
    {ok, Port} = inet:port(S),
    {S, Port}.

passive() ->
    {A, PortA} = open([binary, {active, false}]),
    {B, PortB} = open([{active, false}]),
    t:show(gen_udp:send(A, {127, 0, 0, 1}, PortB, ["to ", <<"b">>])),
    {ok, {From, Port, Data}} = gen_udp:recv(B, 0),
    t:show({From, Port =:= PortA, Data}),
    ok = gen_udp:send(B, {{127, 0, 0, 1}, PortA}, "back"),
    {ok, {_, _, Back}} = gen_udp:recv(A, 0, 500),
    t:show(Back),
    ok = gen_udp:send(B, {127, 0, 0, 1}, PortA, []),
    {ok, {_, _, Empty}} = gen_udp:recv(A, 0, 500),
    t:show(Empty),
    t:show(gen_udp:recv(A, 0, 20)),
    t:show(gen_udp:recv(A, 0, 0)),
    t:show(gen_udp:send(A, {127, 0, 0, 1}, PortB, binary:copy(<<0>>, 70000))),
    ok = gen_udp:send(A, localhost, PortB, binary:copy(<<"long ">>, 1000)),
    {ok, {_, _, Long}} = gen_udp:recv(B, 0, 500),
    t:show(length(Long)),
    ok = gen_udp:close(A),
    t:show(gen_udp:send(A, {127, 0, 0, 1}, PortB, "x")),
    t:show(gen_udp:recv(A, 0)),
    t:show(gen_udp:open(PortB, [{ip, {127, 0, 0, 1}}])).

active() ->
    {A, _} = open([]),
    {B, PortB} = open([binary, {header, 2}]),
    [ok = gen_udp:send(A, {127, 0, 0, 1}, PortB, [N, "abc"]) || N <- "12"],
    t:show([receive {udp, B, {127, 0, 0, 1}, _, D} -> D after 500 -> none end || _ <- [1, 2]]),
    ok = inet:setopts(B, [{active, once}, list]),
    [ok = gen_udp:send(A, {127, 0, 0, 1}, PortB, [N]) || N <- "345"],
    t:show([receive {udp, B, _, _, D} -> D after 50 -> none end || _ <- [1, 2]]),
    ok = inet:setopts(B, [{active, 2}]),
    t:show([receive {udp, B, _, _, D} -> D; {udp_passive, B} -> passive after 500 -> none end || _ <- [1, 2, 3]]),
    t:show(gen_udp:recv(B, 0, 20)),
    ok = inet:setopts(B, [{active, true}, {deliver, port}]),
    ok = gen_udp:send(A, {127, 0, 0, 1}, PortB, "p"),
    receive {B, {data, _}} -> t:show(port_data) after 500 -> t:show(none) end,
    t:show(inet:getstat(B, [recv_cnt, recv_oct])),
    t:show(inet:getopts(B, [read_packets, active, buffer, header, mode])).

connected() ->
    {A, PortA} = open([{active, false}]),
    {B, PortB} = open([{active, false}]),
    t:show(gen_udp:connect(A, {127, 0, 0, 1}, PortB)),
    t:show(gen_udp:send(A, "connected")),
    {ok, {_, P, D}} = gen_udp:recv(B, 0),
    t:show({P =:= PortA, D}),
    t:show(inet:peername(A) =:= {ok, {{127, 0, 0, 1}, PortB}}),
    ok = gen_udp:send(B, {127, 0, 0, 1}, PortA, "answer"),
    {ok, {Ip, P2, D2}} = gen_udp:recv(A, 0),
    t:show({Ip, P2 =:= PortB, D2}),
    gen_udp:close(B),
    ok = gen_udp:send(A, "to nobody"),
    t:show(gen_udp:recv(A, 0, 500)),
    t:show(inet:peername(element(1, open([])))).

ancillary() ->
    {A, _} = open([{active, false}]),
    {B, PortB} = open([{active, false}, {recvtos, true}, {recvttl, true}]),
    ok = gen_udp:send(A, {{127, 0, 0, 1}, PortB}, [{tos, 16#20}, {ttl, 9}], "with"),
    {ok, {_, _, Data, D}} = gen_udp:recv(B, 0),
    t:show({lists:sort(Data), D}),
    ok = inet:setopts(B, [{active, true}]),
    ok = gen_udp:send(A, {{127, 0, 0, 1}, PortB}, [{ttl, 7}], "again"),
    t:show(receive {udp, B, _, _, Data2, D2} -> {lists:sort(Data2), D2} after 500 -> none end),
    t:show(gen_udp:send(A, {{127, 0, 0, 1}, PortB}, [{nonsense, 7}], "x")).

families() ->
    {ok, A} = gen_udp:open(0, [inet6, {ip, {0, 0, 0, 0, 0, 0, 0, 1}}, {active, false}]),
    {ok, Port} = inet:port(A),
    {ok, B} = gen_udp:open(0, [inet6, {active, false}]),
    ok = gen_udp:send(B, {0, 0, 0, 0, 0, 0, 0, 1}, Port, "six"),
    {ok, {From, _, D}} = gen_udp:recv(A, 0, 500),
    t:show({From, D}),
    Name = "/tmp/joist_udp_" ++ os:getpid(),
    {ok, L} = gen_udp:open(0, [local, {ifaddr, {local, Name}}, binary]),
    {ok, C} = gen_udp:open(0, [local]),
    t:show(gen_udp:send(C, {local, Name}, 0, "by name")),
    t:show(receive {udp, L, F2, P2, D2} -> {F2, P2, D2} after 500 -> none end),
    ok = inet:setopts(L, [{active, false}]),
    ok = gen_udp:send(C, {local, Name}, 0, "again"),
    t:show(gen_udp:recv(L, 0, 500)),
    file:delete(Name),
    t:show(gen_udp:send(C, {local, Name}, 0, "x")).

options() ->
    {S, _} = open([]),
    [t:show({O, inet:setopts(S, [O]), inet:getopts(S, [element(1, O)])})
     || O <- [{broadcast, true}, {multicast_ttl, 5}, {multicast_loop, false}, {read_packets, 3}, {recbuf, 100000}, {buffer, 70}, {tos, 4}, {dontroute, true}]],
    t:show(inet:setopts(S, [{add_membership, {{224, 0, 0, 77}, {127, 0, 0, 1}}}, {drop_membership, {{224, 0, 0, 77}, {127, 0, 0, 1}}}])),
    t:show(inet:setopts(S, [{read_packets, 0}])),
    t:show(prim_inet:getstatus(S)),
    gen_udp:close(S),
    %% closed while somebody waits
    {W, _} = open([{active, false}]),
    Self = self(),
    spawn_link(fun() -> Self ! {waited, gen_udp:recv(W, 0)} end),
    timer:sleep(20),
    gen_udp:close(W),
    t:show(receive {waited, R} -> R after 500 -> none end).
