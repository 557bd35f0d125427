%% Control messages of the module socket: received with their names and values, sent by value and by bytes.
-module(socket_control).
-export([main/1]).

main(_) ->
    inet(), inet6(), errors(), timestamps(), refused(), options().

pair(Domain, Addr) ->
    [begin {ok, S} = socket:open(Domain, dgram, udp), ok = socket:bind(S, #{family => Domain, port => 0, addr => Addr}), S end || _ <- [1, 2]].

inet() ->
    [A, B] = pair(inet, {127, 0, 0, 1}),
    {ok, To} = socket:sockname(B),
    [t:show(socket:setopt(B, ip, O, true)) || O <- [recvtos, recvttl, pktinfo, recvorigdstaddr]],
    [begin
         t:show({Ctrl, socket:sendmsg(A, #{addr => To, iov => [<<"data">>], ctrl => Ctrl})}),
         {ok, #{ctrl := Got} = M} = socket:recvmsg(B, [], 500),
         t:show([maps:get(iov, M), [without_port(C) || C <- Got]])
     end || Ctrl <- [[], [#{level => ip, type => tos, value => mincost}], [#{level => ip, type => tos, value => 16#60}, #{level => ip, type => ttl, value => 33}],
                     [#{level => ip, type => ttl, data => 44}], [#{level => ip, type => 2, data => <<45:32/native>>}], [#{level => 0, type => tos, data => <<4:32/native>>}]]],
    [t:show(t:try_it(fun() -> socket:sendmsg(A, #{addr => To, iov => [<<"x">>], ctrl => [C]}) end))
     || C <- [#{level => ip, type => recvtos, value => 1}, #{level => ip, type => pktinfo, value => #{}}, #{level => ip, type => nothing, data => <<>>}]].

%% The port differs from run to run, and so do an interface's number and the bytes in which they are.
without_port(#{type := origdstaddr, value := V} = C) -> maps:remove(data, C#{value := V#{port := port}});
without_port(#{type := pktinfo, value := V} = C) -> maps:remove(data, C#{value := V#{ifindex := is_integer(maps:get(ifindex, V))}});
without_port(C) -> C.

inet6() ->
    case catch pair(inet6, loopback) of
        [A, B] ->
            {ok, To} = socket:sockname(B),
            [t:show(socket:setopt(B, ipv6, O, true)) || O <- [recvtclass, recvhoplimit, recvpktinfo]],
            [begin
                 t:show(socket:sendmsg(A, #{addr => To, iov => [<<"six">>], ctrl => Ctrl})),
                 {ok, #{ctrl := Got}} = socket:recvmsg(B, [], 500),
                 t:show([without_port(C) || C <- Got])
             end || Ctrl <- [[], [#{level => ipv6, type => tclass, value => 224}], [#{level => ipv6, type => hoplimit, value => 9}, #{level => ipv6, type => tclass, data => 3}]]];
        _ -> io:format("no IPv6 here~n")
    end.

%% What ICMP told about a datagram that nobody wanted.
errors() ->
    [A, B] = pair(inet, {127, 0, 0, 1}),
    {ok, To} = socket:sockname(B),
    ok = socket:close(B),
    ok = socket:setopt(A, ip, recverr, true),
    ok = socket:sendto(A, <<"for nobody">>, To),
    receive after 50 -> ok end,
    {ok, #{addr := Of, flags := Flags, iov := Iov, ctrl := [#{value := V} = C]}} = socket:recvmsg(A, [errqueue], 500),
    t:show([Of =:= To, Flags, Iov, maps:remove(data, C#{value := maps:map(fun(offender, O) -> O#{port := port}; (_, X) -> X end, V)})]).

timestamps() ->
    [A, B] = pair(inet, {127, 0, 0, 1}),
    {ok, To} = socket:sockname(B),
    ok = socket:setopt(B, socket, timestamp, true),
    ok = socket:sendto(A, <<"when">>, To),
    {ok, #{ctrl := [#{level := socket, type := timestamp, data := D, value := #{sec := S, usec := U}}]}} = socket:recvmsg(B, [], 500),
    t:show([byte_size(D), abs(erlang:system_time(second) - S) < 5, U >= 0 andalso U < 1000000]).

refused() ->
    [A, _] = pair(inet, {127, 0, 0, 1}),
    t:show([t:try_it(fun() -> socket:sendmsg(A, #{iov => [<<"x">>], ctrl => C}) end)
            || C <- [[#{level => nowhere, type => 1, data => <<>>}], [#{level => ip, type => 1}], [#{level => ip, type => tos, data => 1.0}], [ctrl], [#{level => socket, type => timestamp, value => 1}]]]).

%% Options that are control messages, or groups with a source.
options() ->
    {ok, L} = socket:open(inet, stream, tcp),
    ok = socket:bind(L, #{family => inet, port => 0, addr => loopback}),
    ok = socket:listen(L),
    {ok, To} = socket:sockname(L),
    {ok, C} = socket:open(inet, stream, tcp),
    [ok = socket:setopt(C, ip, O, true) || O <- [recvtos, recvttl]],
    ok = socket:connect(C, To),
    t:show([socket:getopt(C, ip, pktoptions), socket:getopt(L, ip, pktoptions), socket:setopt(C, ip, pktoptions, [])]),
    {ok, U} = socket:open(inet, dgram, udp),
    Group = #{multiaddr => {224, 0, 0, 251}, interface => {127, 0, 0, 1}, sourceaddr => {127, 0, 0, 1}},
    t:show([socket:setopt(U, ip, O, Group) || O <- [add_source_membership, block_source, unblock_source, drop_source_membership]]),
    t:show([socket:setopt(U, ip, add_source_membership, V) || V <- [#{}, 1, Group#{multiaddr := a}, Group#{interface := any}]]),
    t:show([socket:getopt(U, ip, O) || O <- [add_source_membership, block_source]]),
    case socket:open(inet6, dgram, udp) of
        {ok, S} ->
            t:show([{O, socket:getopt(S, ipv6, O), socket:setopt(S, ipv6, O, true), socket:getopt(S, ipv6, O), socket:setopt(S, ipv6, O, 1)}
                    || O <- [hoplimit, flowinfo, authhdr, addrform]]),
            t:show([socket:setopt(S, ipv6, addrform, V) || V <- [inet, inet6, local]]);
        {error, _} -> io:format("no IPv6 here~n")
    end.
