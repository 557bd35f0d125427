%% Children that close their pipes, never read, are stopped or killed: errors as in OTP, no zombie and no descriptor left behind, and
%% no processor time while everything waits.
-module(faults_ports).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    closed_pipes(),
    never_reads(),
    dying(),
    many_children(),
    at_rest().

closed_pipes() ->
    %% The child closed what it reads from.
    A = open_port({spawn, "sh -c 'exec 0<&-; echo closed; exec sleep 1'"}, [binary, {line, 100}]),
    t:show(receive {A, {data, What}} -> What end),
    t:show(t:try_it(fun() -> port_command(A, "into the void") end)),
    t:show(receive {'EXIT', A, Reason} -> Reason after 3000 -> none end),
    t:show(erlang:port_info(A)),
    %% It closed what it writes to, and still reads.
    B = open_port({spawn, "sh -c 'exec 1>&-; cat > /dev/null; exit 3'"}, [binary, eof, exit_status]),
    t:show(receive {B, eof} -> eof after 200 -> none end),
    t:show([t:try_it(fun() -> port_command(B, "still there") end), t:try_it(fun() -> port_close(B) end)]),
    t:show(receive {'EXIT', B, R2} -> R2 after 3000 -> none end),
    %% It ended while much was still to be written.
    C = open_port({spawn, "sh -c 'read x; exit 5'"}, [binary, exit_status]),
    t:show(port_command(C, ["line\n", binary:copy(<<"x">>, 1 bsl 20)])),
    t:show(receive {C, {exit_status, 5}} -> ended; {'EXIT', C, epipe} -> ended after 3000 -> none end).  % whatever is seen first

never_reads() ->
    P = open_port({spawn, "sleep 100"}, [binary]),
    {os_pid, Pid} = erlang:port_info(P, os_pid),
    Sent = fill(P, 0),
    t:show({Sent >= 65536, Sent < 200000}),
    t:show([port_command(P, "x", [nosuspend]), erlang:send(P, {self(), {command, "x"}}, [nosuspend])]),
    t:show(element(2, erlang:port_info(P, queue_size)) > 0),
    Self = self(),
    {W, M} = spawn_monitor(fun() -> Self ! {self(), waits}, R = t:try_it(fun() -> port_command(P, "waits") end), Self ! {self(), R} end),
    receive {W, waits} -> ok end,
    t:show(receive {W, Early} -> Early after 50 -> suspended end),
    %% Closing loses what the child never read, at once.
    t:show(port_close(P)),
    t:show([receive {W, R1} -> R1 after 1000 -> none end, receive {'DOWN', M, process, W, R2} -> R2 after 1000 -> none end, receive {'EXIT', P, R3} -> R3 end]),
    os:cmd("kill " ++ integer_to_list(Pid)).

fill(P, N) ->
    case port_command(P, binary:copy(<<"y">>, 4096), [nosuspend]) of
        true -> fill(P, N + 4096);
        false -> N
    end.

dying() ->
    t:show([begin
                P = open_port({spawn, "sh -c 'echo $$; exec sleep 100'"}, [{line, 20}, exit_status]),
                Pid = receive {P, {data, {eol, D}}} -> D end,
                os:cmd("kill -" ++ Signal ++ " " ++ Pid),
                {Signal, receive {P, {exit_status, S}} -> S after 3000 -> none end, receive {'EXIT', P, R} -> R after 500 -> none end}
            end || Signal <- ["TERM", "KILL", "HUP", "SEGV"]]).

many_children() ->
    os:cmd("true"),
    Before = descriptors(),
    Run = fun Run(0) -> done; Run(N) ->
              P = open_port({spawn_executable, "/bin/true"}, [exit_status]),
              receive {P, {exit_status, 0}} -> Run(N - 1) end
          end,
    Workers = [spawn_monitor(fun() -> done = Run(50) end) || _ <- lists:seq(1, 6)],
    t:show([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Workers]),
    %% Nobody waits for these: their owners are gone.
    [spawn(fun() -> open_port({spawn, "true"}, []) end) || _ <- lists:seq(1, 20)],
    settle(Before, 40).

%% A moment later the descriptors are as many as before, no port is left and no child is a zombie.
settle(Before, Tries) ->
    Now = {descriptors() - Before, zombies(), [P || P <- erlang:ports(), erlang:port_info(P, name) =/= {name, "forker"}, child(P)]},
    case Now of
        {Opened, 0, []} when Opened =< 0 -> t:show(nothing_left);  % (some of before may have been closed since)
        _ when Tries > 0 -> receive after 50 -> settle(Before, Tries - 1) end;
        _ -> t:show(Now)
    end.

child(P) -> is_tuple(Info = erlang:port_info(P, os_pid)) andalso element(2, Info) =/= undefined.

descriptors() -> length(element(2, file:list_dir("/proc/self/fd"))).

%% Below this node, whatever forks its children.
zombies() ->
    Fields = [string:lexemes(L, " ") || L <- string:lexemes(os:cmd("ps -e -o pid=,ppid=,stat="), "\n")],
    Parents = [os:getpid() | [Pid || [Pid, Parent | _] <- Fields, Parent =:= os:getpid()]],
    length([Pid || [Pid, Parent, "Z" ++ _] <- Fields, lists:member(Parent, Parents)]).

%% Readers and writers that all wait cost nothing.
at_rest() ->
    {ok, L} = gen_tcp:listen(0, [{active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, [{active, true}, {send_timeout, 60000}]),
    {ok, S} = gen_tcp:accept(L),
    Half = [begin
                {ok, H} = gen_tcp:connect({127, 0, 0, 1}, Port, [{active, Active}, {exit_on_close, false}]),
                {ok, Other} = gen_tcp:accept(L),
                ok = gen_tcp:shutdown(Other, write),
                {H, Other}
            end || Active <- [true, false]],
    Acceptor = spawn(fun() -> gen_tcp:accept(L) end),
    Sender = spawn(fun() -> gen_tcp:send(S, binary:copy(<<"z">>, 1 bsl 24)) end),  % nobody reads: C is passive soon
    ok = inet:setopts(C, [{active, false}]),
    Full = open_port({spawn, "sleep 100"}, []),
    {os_pid, Pid} = erlang:port_info(Full, os_pid),
    fill(Full, 0),
    Quiet = open_port({spawn, "cat"}, []),
    receive after 300 -> ok end,
    T0 = processor_time(),
    receive after 500 -> ok end,
    Used = processor_time() - T0,
    t:show(if Used =< 50 -> at_rest; true -> {busy, Used} end),
    [exit(P, kill) || P <- [Acceptor, Sender]],
    ok = inet:setopts(S, [{linger, {true, 0}}]),  % closing does not wait for what C never reads
    [gen_tcp:close(X) || {H, O} <- Half, X <- [H, O]],
    [gen_tcp:close(X) || X <- [C, S, L]],
    [port_close(P) || P <- [Full, Quiet]],
    os:cmd("kill " ++ integer_to_list(Pid)).

%% Milliseconds that this node has used.
processor_time() ->
    {ok, F} = file:open("/proc/self/stat", [read, raw, binary]),
    {ok, B} = file:read(F, 1000),
    ok = file:close(F),
    [_, Rest] = binary:split(B, <<") ">>),
    Fields = binary:split(Rest, <<" ">>, [global]),
    10 * (binary_to_integer(lists:nth(12, Fields)) + binary_to_integer(lists:nth(13, Fields))).
