%% flags: +S 4:4
%% Connections in all modes at once: passive, active, once and so many, raw and in packets, handed on to other processes, shut down, closed early or
%% with data under way, by either kind of gen_tcp. What must come out: the bytes of each direction in their order, as far as they went, and
%% all of them where nobody closed early; no port, no process, no descriptor is left over.
-module(sockets).
-export([main/1]).

main(_) ->
    {ok, warm} = once(fun() -> {ok, warm} end),
    Before = {length(erlang:ports()), length(processes()), descriptors()},
    Deadline = stress:deadline(4000),
    Workers = [spawn_monitor(fun() -> rand:seed(exsss, {N, N, 5}), rounds(backend(N), Deadline) end) || N <- lists:seq(1, 6)],
    t:show([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Workers]),
    stress:wait_until(fun() -> {length(erlang:ports()), length(processes()), descriptors()} =:= Before end),
    t:show(nothing_left).

once(F) -> {ok, L} = gen_tcp:listen(0, []), gen_tcp:close(L), {ok, S} = gen_tcp:listen(0, [{inet_backend, socket}]), gen_tcp:close(S), F().
backend(N) when N rem 3 =:= 0 -> [{inet_backend, socket}];
backend(_) -> [].
descriptors() -> {ok, Names} = file:list_dir("/proc/self/fd"), length(Names).

rounds(Backend, Deadline) ->
    case stress:passed(Deadline) of
        true -> ok;
        false -> connection(Backend), rounds(Backend, Deadline)
    end.

connection(Backend) ->
    Packet = pick([raw, raw, 1, 2, 4, line]),
    Options = [binary, {active, false}, {packet, Packet}, {nodelay, pick([true, false])}, {send_timeout, 5000}],
    {ok, Listener} = gen_tcp:listen(0, Backend ++ Options ++ [{reuseaddr, true}, {recbuf, pick([40000, 200000])}]),
    {ok, Port} = inet:port(Listener),
    Early = pick([no, no, no, sender, receiver]),
    Total = pick([0, 1, 1000, 100000, 300000]),
    Self = self(),
    Server = spawn_link(fun() ->
        {ok, S} = gen_tcp:accept(Listener, 5000),
        Self ! {received, self(), receiving(S, Packet, Early)}
    end),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, Backend ++ Options, 5000),
    Sent = send(C, Packet, 0, Total, Early),
    case Early of
        receiver when Sent < Total -> ok;
        _ -> case pick([close, shutdown]) of
                close -> ok = gen_tcp:close(C);
                shutdown -> _ = gen_tcp:shutdown(C, write), {error, closed} = gen_tcp:recv(C, 0, 5000)
            end
    end,
    receive {received, Server, Received} -> ok end,
    gen_tcp:close(C),
    gen_tcp:close(Listener),
    case Early of
        no -> Total = Sent, Total = Received;
        sender -> Sent = Received;
        receiver -> true = Received =< Total
    end.

pick(List) -> lists:nth(rand:uniform(length(List)), List).

%% Byte I of a direction; no newline among them.
bytes(From, To) -> << <<(32 + (I * 7 + I div 251) rem 90)>> || I <- lists:seq(From, To - 1) >>.

send(_, _, Total, Total, _) -> Total;
send(C, Packet, At, Total, Early) ->
    case Early =:= sender andalso At > 0 andalso rand:uniform(4) =:= 1 of
        true -> At;
        false ->
            Size = min(Total - At, case Packet of 1 -> rand:uniform(250); line -> rand:uniform(1000); _ -> pick([rand:uniform(100), 5000, 60000]) end),
            Data = bytes(At, At + Size),
            case gen_tcp:send(C, case Packet of line -> [Data, $\n]; _ -> pick([Data, [Data], binary_to_list(Data)]) end) of
                ok -> send(C, Packet, At + Size, Total, Early);
                {error, _} when Early =:= receiver -> At
            end
    end.

receiving(S, Packet, Early) ->
    Until = case Early of receiver -> rand:uniform(20000); _ -> infinity end,
    Received = receiving(S, Packet, 0, Until, pick([passive, active, once, many, moved])),
    gen_tcp:close(S),
    receive M -> error({left, M}) after 0 -> Received end.

receiving(S, Packet, At, Until, How) when At < Until ->
    case data(S, Packet, How) of
        {ok, Data} ->
            Size = byte_size(Data),
            Data = bytes(At, At + Size),
            receiving(S, Packet, At + Size, Until, How);
        closed -> At
    end;
receiving(S, _, At, _, _) -> inet:setopts(S, [{active, false}]), flush(S), At.

%% What came before the socket was made passive.
flush(S) -> receive {tcp, S, _} -> flush(S); {tcp_closed, S} -> flush(S); {tcp_passive, S} -> flush(S); {tcp_error, S, _} -> flush(S) after 0 -> ok end.

data(S, Packet, passive) ->
    case gen_tcp:recv(S, 0, 5000) of {ok, Data} -> {ok, line(Packet, Data)}; {error, _} -> closed end;
data(S, Packet, moved) ->
    %% Somebody else receives for a while.
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> receive go -> R = data(S, Packet, once), _ = gen_tcp:controlling_process(S, Self), exit({was, R}) end end),
    case gen_tcp:controlling_process(S, Pid) of
        ok -> Pid ! go, receive {'DOWN', Monitor, _, _, {was, R}} -> R end;
        {error, _} -> exit(Pid, kill), receive {'DOWN', Monitor, _, _, _} -> closed end
    end;
data(S, Packet, How) ->
    Mode = case How of active -> true; once -> once; many -> 3 end,
    case process_info(self(), message_queue_len) of
        {_, 0} -> _ = inet:setopts(S, [{active, Mode}]);
        _ -> ok
    end,
    receive
        {tcp, S, Data} -> {ok, line(Packet, Data)};
        {tcp_passive, S} -> data(S, Packet, How);
        {tcp_closed, S} -> closed;
        {tcp_error, S, _} -> receive {tcp_closed, S} -> closed end
    after 5000 -> error(nothing_came)
    end.

line(line, Data) -> binary:part(Data, 0, byte_size(Data) - case binary:last(Data) of $\n -> 1; _ -> 0 end);
line(_, Data) -> Data.
