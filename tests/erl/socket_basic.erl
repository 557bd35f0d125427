%% The module socket: streams and datagrams, select, timeouts, many waiters, options, closing; the module net.
-module(socket_basic).
-export([main/1]).

main(_) ->
    stream(),
    waiting(),
    datagrams(),
    messages(),
    options(),
    closing(),
    gen_tcp_backend(),
    names().

pair() ->
    {ok, L} = socket:open(inet, stream, tcp),
    ok = socket:bind(L, #{family => inet, addr => loopback, port => 0}),
    ok = socket:listen(L),
    {ok, Name} = socket:sockname(L),
    {ok, C} = socket:open(inet, stream, tcp),
    ok = socket:connect(C, Name),
    {ok, S} = socket:accept(L),
    ok = socket:close(L),
    {C, S}.

stream() ->
    {C, S} = pair(),
    t:show(socket:send(C, <<"hello">>)),
    t:show(socket:recv(S)),
    t:show(socket:send(C, ["a", [<<"list">>]])),
    t:show(socket:recv(S, 5)),
    Big = binary:copy(<<"0123456789">>, 100000),
    spawn_link(fun() -> ok = socket:send(C, Big) end),
    {ok, Got} = socket:recv(S, byte_size(Big)),
    t:show(Got =:= Big),
    t:show(socket:recv(S, 1, 20)),
    t:show(socket:recv(S, 1, 0)),
    t:show(element(1, socket:recv(S, 1, nowait))),
    ok = socket:send(C, "x"),
    t:show(receive {'$socket', S, select, _} -> select after 500 -> none end),
    t:show(socket:recv(S, 1)),
    t:show(socket:shutdown(C, write)),
    t:show(socket:recv(S)),
    t:show(socket:send(S, "answer")),
    t:show(socket:recv(C, 0)),
    {ok, Own} = socket:sockname(C),
    t:show({ok, Own} =:= socket:peername(S)),
    t:show(maps:get(addr, Own)),
    t:show(maps:without([owner, counters, wstates, rstates], socket:info(C))),
    ok = socket:close(C),
    t:show(socket:close(C)),
    t:show(socket:send(C, "x")),
    t:show(socket:recv(C)),
    ok = socket:close(S).

waiting() ->
    {ok, L} = socket:open(inet, stream, tcp),
    ok = socket:bind(L, #{family => inet, addr => loopback, port => 0}),
    ok = socket:listen(L),
    {ok, Name} = socket:sockname(L),
    t:show(socket:accept(L, 20)),
    {select, Info} = socket:accept(L, nowait),
    t:show(socket:cancel(L, Info)),
    Self = self(),
    [spawn_link(fun() -> {ok, A} = socket:accept(L), ok = socket:send(A, <<N>>), Self ! {accepted, N}, receive stop -> ok end end) || N <- lists:seq(1, 5)],
    timer:sleep(50),
    Cs = [begin {ok, C} = socket:open(inet, stream, tcp), ok = socket:connect(C, Name), C end || _ <- lists:seq(1, 5)],
    t:show(lists:sort([receive {accepted, N} -> N after 1000 -> none end || _ <- Cs])),
    t:show(lists:sort([socket:recv(C, 1, 1000) || C <- Cs])),
    [socket:close(C) || C <- Cs],
    spawn_link(fun() -> Self ! {waited, socket:accept(L)} end),
    timer:sleep(50),
    t:show(socket:close(L)),
    t:show(receive {waited, R} -> R after 500 -> none end),
    {ok, Free} = socket:open(inet, stream, tcp),
    t:show(socket:connect(Free, Name)),
    socket:close(Free).

datagrams() ->
    {ok, A} = socket:open(inet, dgram, udp),
    {ok, B} = socket:open(inet, dgram, udp),
    [ok = socket:bind(S, #{family => inet, addr => {127, 0, 0, 1}, port => 0}) || S <- [A, B]],
    {ok, NameA} = socket:sockname(A),
    {ok, NameB} = socket:sockname(B),
    t:show(socket:sendto(A, <<"datagram">>, NameB)),
    {ok, {From, Data}} = socket:recvfrom(B),
    t:show({From =:= NameA, Data}),
    t:show(socket:recvfrom(B, 0, 20)),
    ok = socket:connect(A, NameB),
    ok = socket:send(A, "again"),
    t:show(socket:recv(B, 0, 500)),
    t:show(t:try_it(fun() -> socket:sendto(A, <<"x">>, #{family => inet, addr => nonsense, port => 1}) end)),
    [socket:close(S) || S <- [A, B]],
    Name = list_to_binary("/tmp/joist_socket_" ++ os:getpid()),
    {ok, L} = socket:open(local, dgram),
    ok = socket:bind(L, #{family => local, path => Name}),
    {ok, M} = socket:open(local, dgram),
    ok = socket:sendto(M, <<"local">>, #{family => local, path => Name}),
    t:show(socket:recv(L, 0, 500)),
    t:show(socket:sockname(L) =:= {ok, #{family => local, path => Name}}),
    file:delete(Name),
    [socket:close(S) || S <- [L, M]].

messages() ->
    {C, S} = pair(),
    t:show(socket:sendmsg(C, #{iov => [<<"one ">>, <<"two">>]})),
    {ok, Msg} = socket:recvmsg(S),
    t:show(maps:get(iov, Msg)),
    t:show(socket:sendmsg(C, #{iov => [<<"x">> || _ <- lists:seq(1, 3000)]})),
    {ok, Xs} = socket:recv(S, 3000),
    t:show(byte_size(Xs)),
    ok = socket:send(C, "peeked"),
    t:show(socket:recv(S, 6, [peek])),
    t:show(socket:recv(S, 6)),
    socket:close(C),
    socket:close(S).

options() ->
    {ok, S} = socket:open(inet, stream, tcp),
    [t:show({O, socket:setopt(S, O, V), socket:getopt(S, O)})
     || {O, V} <- [{{socket, keepalive}, true}, {{socket, reuseaddr}, true}, {{socket, linger}, #{onoff => true, linger => 5}}, {{tcp, nodelay}, true},
                   {{ip, tos}, lowdelay}, {{ip, ttl}, 7}, {{socket, priority}, 3}, {{otp, rcvbuf}, 5000}, {{otp, rcvbuf}, {2, 100}}, {{otp, meta}, {some, "term"}},
                   {{otp, debug}, false}, {{socket, keepalive}, 17}, {{otp, rcvbuf}, -1}]],
    [t:show({O, socket:getopt(S, O)}) || O <- [{socket, domain}, {socket, type}, {socket, protocol}, {socket, acceptconn}, {tcp, cork}, {ip, mtu_discover}, {otp, rcvctrlbuf}]],
    t:show(socket:getopt(S, {socket, nonsense})),
    t:show(socket:setopt_native(S, {socket, keepalive}, <<0:32>>)),
    t:show(socket:getopt_native(S, {socket, keepalive}, integer)),
    t:show(socket:getopt_native(S, {socket, linger}, 8)),
    t:show(element(1, socket:getopt(S, {otp, fd}))),
    t:show(socket:is_supported(options, socket, linger)),
    t:show([socket:is_supported(P) || P <- [ipv6, local]]),
    t:show(socket:open(nonsense, stream)),
    t:show(socket:open(inet, nonsense)),
    socket:close(S).

closing() ->
    Self = self(),
    Owner = spawn(fun() ->
        {ok, S} = socket:open(inet, dgram, udp),
        ok = socket:bind(S, #{family => inet, addr => loopback, port => 0}),
        Self ! {socket, S},
        receive stop -> ok end
    end),
    S = receive {socket, S0} -> S0 end,
    t:show(socket:getopt(S, {otp, controlling_process}) =:= {ok, Owner}),
    t:show(socket:setopt(S, {otp, controlling_process}, self())),
    spawn_link(fun() -> Self ! {waited, socket:recv(S)} end),
    timer:sleep(50),
    Owner ! stop,
    t:show(receive {waited, R} -> R after 500 -> none end),
    t:show(socket:recv(S)),
    %% monitors of sockets
    {ok, M} = socket:open(inet, stream, tcp),
    Ref = socket:monitor(M),
    t:show(socket:number_of()),
    ok = socket:close(M),
    t:show(receive {'DOWN', Ref, socket, M, Down} -> Down after 500 -> none end),
    t:show(socket:number_of()),
    spawn(fun() -> {ok, O} = socket:open(inet, dgram, udp), Self ! {mine, O}, receive stop -> ok after 200 -> ok end end),
    O = receive {mine, O0} -> O0 end,
    Ref2 = socket:monitor(O),
    t:show(receive {'DOWN', Ref2, socket, O, Down2} -> Down2 after 1000 -> none end).

gen_tcp_backend() ->
    {ok, L} = gen_tcp:listen(0, [{inet_backend, socket}, binary, {active, false}, {packet, 2}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, [{inet_backend, socket}, binary, {packet, 2}]),
    {ok, S} = gen_tcp:accept(L),
    ok = gen_tcp:send(C, "through sockets"),
    t:show(gen_tcp:recv(S, 0, 1000)),
    ok = gen_tcp:send(S, "active"),
    t:show(receive {tcp, C, D} -> D after 1000 -> none end),
    ok = gen_tcp:close(S),
    t:show(receive {tcp_closed, C} -> closed after 1000 -> none end),
    gen_tcp:close(L).

names() ->
    t:show(net:gethostname() =:= inet:gethostname()),
    t:show(net:getnameinfo(#{family => inet, addr => {127, 0, 0, 1}, port => 80}, [numerichost])),
    {ok, Found} = net:getaddrinfo("localhost", "http"),
    t:show([maps:with([type, protocol], F) || F <- Found]),
    t:show(net:getaddrinfo("no.such.host.invalid")),
    t:show(net:getifaddrs(all)),
    t:show(net:if_name2index("lo")),
    t:show(net:if_index2name(1)),
    t:show(net:if_name2index("none such")).
