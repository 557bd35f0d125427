%% Packet types, options of sockets, local and IPv6 sockets, sendfile.
-module(tcp_options).
-export([main/1]).

main(_) ->
    packets(),
    http(),
    lines(),
    options(),
    raw_options(),
    families(),
    file(),
    watermarks(),
    inherited().

pair(ListenOptions, ConnectOptions) ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}, {active, false} | ListenOptions]),
    {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, [{active, false} | ConnectOptions]),
    {ok, S} = gen_tcp:accept(L),
    ok = gen_tcp:close(L),
    {C, S}.

packets() ->
    [begin
         {C, S} = pair([binary, {packet, P}], [{packet, P}]),
         [ok = gen_tcp:send(C, binary:copy(<<$x>>, N)) || N <- [0, 1, 200]],
         t:show({P, [size_of(gen_tcp:recv(S, 0, 500)) || _ <- [1, 2, 3]]}),
         gen_tcp:close(C)
     end || P <- [1, 2, 4]],
    [begin
         {C, S} = pair([binary, {packet, P}], []),
         ok = gen_tcp:send(C, Bytes),
         {ok, First} = gen_tcp:recv(S, 0, 500),
         t:show({P, First}),
         ok = gen_tcp:send(C, binary:part(Bytes, 0, 3)),
         t:show(gen_tcp:recv(S, 0, 20)),
         ok = gen_tcp:send(C, binary:part(Bytes, 3, byte_size(Bytes) - 3)),
         t:show(gen_tcp:recv(S, 0, 500) =:= {ok, First}),
         gen_tcp:close(C)
     end || {P, Bytes} <- [{asn1, <<16#30, 3, 1, 2, 3>>}, {sunrm, <<0:1, 3:31, 1, 2, 3>>}, {cdr, <<"GIOP", 1, 0, 0, 0, 0, 0, 0, 2, 7, 8>>},
                           {fcgi, <<1, 1, 0, 1, 0, 3, 1, 0, "abc", 0>>}, {tpkt, <<3, 0, 0, 6, 1, 2>>},
                           {line, <<"a line\n">>}]],
    {C, S} = pair([binary, {packet, ssl_tls}], []),
    ok = gen_tcp:send(C, <<22, 3, 1, 0, 2, 1, 2>>),
    {ok, {ssl_tls, Source, Type, Version, Data}} = gen_tcp:recv(S, 0),
    t:show({Source =:= S, Type, Version, Data}),
    ok = inet:setopts(S, [{active, once}]),
    ok = gen_tcp:send(C, <<23, 3, 3, 0, 1, 9>>),
    t:show(receive {ssl_tls, S, T2, V2, D2} -> {T2, V2, D2} after 500 -> none end),
    %% many in one segment, bytes in front of the binary
    {C3, S3} = pair([binary, {packet, 2}, {header, 2}], []),
    ok = gen_tcp:send(C3, [<<4:16, "abcd">>, <<1:16, "e">>, <<3:16, "fgh">>]),
    t:show([gen_tcp:recv(S3, 0) || _ <- [1, 2, 3]]),
    ok = gen_tcp:send(C3, [<<4:16, "abcd">>, <<1:16, "e">>, <<3:16, "fgh">>]),
    ok = inet:setopts(S3, [{active, true}]),
    t:show([receive {tcp, S3, D} -> D after 500 -> none end || _ <- [1, 2, 3]]).

size_of({ok, B}) -> byte_size(B);
size_of(Other) -> Other.

http() ->
    Request = "GET /index.html?a=b HTTP/1.1\r\nHost: example.org\r\nX-Own: 1\r\n\r\nbody",
    [begin
         {C, S} = pair([binary, {packet, P}], []),
         ok = gen_tcp:send(C, Request),
         t:show([gen_tcp:recv(S, 0, 500) || _ <- [1, 2, 3, 4]]),
         ok = inet:setopts(S, [{packet, raw}]),
         t:show(gen_tcp:recv(S, 4, 500))
     end || P <- [http, http_bin]],
    {C, S} = pair([binary, {packet, http}], []),
    ok = gen_tcp:send(C, "HTTP/1.0 404 Not Found\r\n"),
    ok = inet:setopts(S, [{active, once}]),
    t:show(receive {http, S, H} -> H after 500 -> none end),
    {C2, S2} = pair([binary, {packet, http}], []),
    ok = gen_tcp:send(C2, "what is this\r\n"),
    t:show(gen_tcp:recv(S2, 0, 500)).

lines() ->
    {C, S} = pair([list, {packet, line}, {buffer, 8}], []),
    ok = gen_tcp:send(C, "one\ntwo\nlonger than eight\n"),
    t:show([gen_tcp:recv(S, 0, 500) || _ <- lists:seq(1, 5)]),
    ok = inet:setopts(S, [{line_delimiter, $|}]),
    ok = gen_tcp:send(C, "a|b\n|"),
    t:show([gen_tcp:recv(S, 0, 500) || _ <- [1, 2]]),
    t:show(gen_tcp:recv(S, 1, 500)).

options() ->
    {C, S} = pair([], []),
    Names = [active, buffer, broadcast, delay_send, deliver, dontroute, exit_on_close, header, high_watermark, keepalive, linger, low_watermark, mode,
             nodelay, packet, packet_size, priority, reuseaddr, send_timeout, send_timeout_close, show_econnreset, tos, high_msgq_watermark, low_msgq_watermark,
             ttl, recvtos, recvttl, nopush, line_delimiter],
    t:show([inet:getopts(S, [N]) || N <- Names, N =/= buffer, N =/= line_delimiter]),
    [t:show({O, inet:setopts(S, [O]), inet:getopts(S, [element(1, O)])})
     || O <- [{keepalive, true}, {nodelay, true}, {linger, {true, 3}}, {linger, {false, 0}}, {priority, 3}, {tos, 16#10}, {priority, 2}, {delay_send, true}, {delay_send, false},
              {high_watermark, 100}, {low_watermark, 5000}, {send_timeout, 77}, {send_timeout, infinity}, {packet_size, 5}, {header, 3}, {ttl, 33},
              {recvtos, true}, {nopush, true}, {nopush, false}, {buffer, 5000}, {exit_on_close, false}, {show_econnreset, true}, {mode, binary}, {deliver, port}, {deliver, term}]],
    t:show([inet:setopts(S, [O]) || O <- [{ttl, 1000}, {active, maybe}, {tos, -5000000000}, {nodelay, 1}, {packet, 3}, {low_msgq_watermark, 0}]]),
    t:show(inet:getopts(C, [pktoptions])),
    t:show(inet:getopts(C, [ipv6_v6only])),
    t:show(inet:getopts(C, [read_packets])),
    t:show(inet:getopts(C, [netns, bind_to_device])),
    t:show(inet:getopts(C, [nonsense])),
    %% deliver as port data
    ok = inet:setopts(S, [{deliver, port}, {header, 0}, {packet_size, 0}, {active, once}]),
    ok = gen_tcp:send(C, "as a port"),
    t:show(receive {S, {data, D}} -> D after 500 -> none end).

raw_options() ->
    {_, S} = pair([], []),
    t:show(inet:setopts(S, [{raw, 1, 9, <<1:32/native>>}])),
    t:show(inet:getopts(S, [{raw, 1, 9, 4}])),
    t:show(inet:getopts(S, [{raw, 1, 9, <<0:32>>}])),
    t:show(inet:getopts(S, [{raw, 999, 999, 4}])),
    t:show(inet:getopts(S, [{raw, 1, 13, 1024}])),
    t:show(inet:getopts(S, [{raw, 1, 13, 64 * 1024}])),
    ok = inet:setopts(S, [{netns, ""}]),
    t:show(inet:getopts(S, [netns])),
    %% a whole buffer in list mode
    {C2, S2} = pair([], []),
    ok = gen_tcp:send(C2, lists:duplicate(100000, $x)),
    {ok, All} = gen_tcp:recv(S2, 100000),
    t:show(length(All)).

families() ->
    {ok, L6} = gen_tcp:listen(0, [inet6, binary, {ip, {0, 0, 0, 0, 0, 0, 0, 1}}, {active, false}]),
    {ok, Port} = inet:port(L6),
    t:show(t:try_it(fun() -> gen_tcp:connect({0, 0, 0, 0, 0, 0, 0, 1}, Port, [inet6, {ipv6_v6only, true}]) end)),  % for listen only
    {ok, C6} = gen_tcp:connect({0, 0, 0, 0, 0, 0, 0, 1}, Port, [inet6]),
    {ok, S6} = gen_tcp:accept(L6),
    ok = gen_tcp:send(C6, "over six"),
    t:show(gen_tcp:recv(S6, 0)),
    t:show(element(1, element(2, inet:peername(C6)))),
    t:show(inet:getopts(C6, [ipv6_v6only, tclass])),
    Name = "/tmp/joist_tcp_" ++ os:getpid(),
    {ok, Ll} = gen_tcp:listen(0, [local, {ifaddr, {local, Name}}, binary, {active, false}]),
    t:show(inet:sockname(Ll) =:= {ok, {local, list_to_binary(Name)}}),
    {ok, Cl} = gen_tcp:connect({local, Name}, 0, [local]),
    {ok, Sl} = gen_tcp:accept(Ll),
    ok = gen_tcp:send(Cl, "by name"),
    t:show(gen_tcp:recv(Sl, 0)),
    t:show(inet:peername(Sl)),
    t:show(inet:peername(Cl) =:= {ok, {local, list_to_binary(Name)}}),
    t:show(inet:port(Cl)),
    file:delete(Name),
    Abstract = <<0, "joist ", (list_to_binary(os:getpid()))/binary>>,
    {ok, La} = gen_tcp:listen(0, [local, {ifaddr, {local, Abstract}}]),
    t:show(inet:sockname(La) =:= {ok, {local, Abstract}}),
    t:show(gen_tcp:connect({local, "/no/such/file"}, 0, [local])),
    t:show(t:try_it(fun() -> gen_tcp:connect({local, lists:duplicate(200, $x)}, 0, [local]) end)).

file() ->
    Name = "/tmp/joist_sendfile_" ++ os:getpid(),
    Bytes = binary:copy(<<"0123456789">>, 50000),
    ok = file:write_file(Name, Bytes),
    {C, S} = pair([binary], []),
    Self = self(),
    spawn_link(fun() -> Self ! {got, gen_tcp:recv(S, 500000) =:= {ok, Bytes}}, Self ! {got, gen_tcp:recv(S, 10)} end),
    t:show(file:sendfile(Name, C)),
    t:show(receive {got, All} -> All end),
    {ok, Fd} = file:open(Name, [read, raw, binary]),
    t:show(file:sendfile(Fd, C, 5, 10, [])),
    t:show(receive {got, Part} -> Part end),
    t:show(file:sendfile(Fd, C, 1000000, 10, [])),
    file:close(Fd),
    file:delete(Name).

watermarks() ->
    {C, S} = pair([binary], [{high_watermark, 1000}, {low_watermark, 10}, {sndbuf, 2000}]),
    Self = self(),
    Block = binary:copy(<<"x">>, 100000),
    Sender = spawn_link(fun() -> [ok = gen_tcp:send(C, Block) || _ <- lists:seq(1, 20)], Self ! {self(), done} end),
    t:show(receive {Sender, done} -> done after 100 -> waits end),
    t:show(t:try_it(fun() -> erlang:port_command(C, "x", [nosuspend]) end)),
    {ok, All} = gen_tcp:recv(S, 20 * 100000),
    t:show(byte_size(All)),
    t:show(receive {Sender, done} -> done after 2000 -> waits end),
    %% what is queued comes before the end
    spawn(fun() -> ok = gen_tcp:send(C, Block), ok = gen_tcp:send(C, "end"), gen_tcp:close(C) end),
    timer:sleep(50),
    t:show(size_of(gen_tcp:recv(S, 100003))),
    gen_tcp:close(S).

inherited() ->
    {_, S} = pair([binary, {packet, 2}, {nodelay, true}, {header, 1}, {send_timeout, 5}, {exit_on_close, false}, {buffer, 3000}, {high_watermark, 9}], []),
    t:show(inet:getopts(S, [mode, packet, nodelay, header, send_timeout, exit_on_close, buffer, high_watermark, low_watermark, active])).
