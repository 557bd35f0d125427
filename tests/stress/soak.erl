%% Everything that comes and goes, again and again: processes that die in every way, tables with owners and heirs, upgrades, timers,
%% binaries, persistent terms, ports, names. In the end nothing is left. For a while, with the memory at intervals:
%%   joist run tests/stress/soak.erl 30 1     minutes, minutes between lines
-module(soak).
-export([main/1]).

main([Minutes, Interval]) ->
    End = erlang:monotonic_time(millisecond) + round(number(Minutes) * 60000),
    Rounds = observed(start(End), round(number(Interval) * 60000)),
    io:format("~p rounds~n", [Rounds]);
main(_) ->
    Before = counts(),
    {Pid, Monitor} = start(erlang:monotonic_time(millisecond) + 2500),
    receive {'DOWN', Monitor, process, Pid, {rounds, N}} -> t:show({rounds, N > 0}) end,
    stress:wait_until(fun() -> counts() =:= Before end),
    t:show(nothing_left).

number(Text) ->
    try list_to_float(Text) catch error:badarg -> list_to_integer(Text) end.

counts() ->
    {erlang:system_info(process_count), erlang:system_info(port_count), length(ets:all()), persistent_term:get(soak, none)}.

start(End) ->
    spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        Beams = [compiled(N) || N <- [1, 2]],
        rounds(End, Beams, 0)
    end).

rounds(End, Beams, N) ->
    case N > 0 andalso erlang:monotonic_time(millisecond) >= End of
        true -> exit({rounds, N});
        false ->
            [in_a_process(F) || F <- [fun deaths/0, fun tables/0, fun() -> upgrades(Beams, 5) end, fun timers/0, fun binaries/0, fun terms/0, fun names/0]],
            N rem 20 =:= 0 andalso in_a_process(fun ports/0),
            timer:sleep(5),
            rounds(End, Beams, N + 1)
    end.

in_a_process(Fun) ->
    Pid = spawn_link(Fun),
    receive {'EXIT', Pid, normal} -> ok end.

%% One line an interval until the worker ends.
observed({Pid, Monitor}, Interval) ->
    Start = erlang:monotonic_time(millisecond),
    Look = fun Look() ->
        receive
            {'DOWN', Monitor, process, Pid, {rounds, N}} -> line(Start), N
        after Interval -> line(Start), Look()
        end
    end,
    line(Start),
    Look().

line(Start) ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Resident]} = re:run(Status, "VmRSS:\\s+(\\d+)", [{capture, all_but_first, list}]),
    Memory = erlang:memory(),
    io:format("~6w s  rss ~8s kB  total ~8w kB ~p~n", [(erlang:monotonic_time(millisecond) - Start) div 1000, Resident,
        proplists:get_value(total, Memory) div 1024,
        [{K, proplists:get_value(K, Memory) div 1024} || K <- [processes, binary, code, ets, atom]] ++
        [{count, erlang:system_info(process_count)}, {atoms, erlang:system_info(atom_count)}]]).

deaths() ->
    process_flag(trap_exit, true),
    Work = [fun() -> ok end, fun() -> exit(oops) end, fun() -> throw_away(50) end, fun() -> receive never -> ok end end,
        fun() -> lists:sum(lists:seq(1, 2000)) end, fun() -> put(key, lists:seq(1, 100)), exit({reason, get(key)}) end],
    Pids = [spawn_link(F) || _ <- lists:seq(1, 40), F <- Work],
    [begin P ! {message, lists:seq(1, 20)}, exit(P, kill) end || {N, P} <- lists:zip(lists:seq(1, length(Pids)), Pids), N rem 6 =:= 4],
    [receive {'EXIT', P, _} -> ok end || P <- Pids],
    Monitors = [monitor(process, P) || P <- Pids],
    [receive {'DOWN', M, process, _, noproc} -> ok end || M <- Monitors].

throw_away(0) -> ok;
throw_away(N) -> _ = [integer_to_list(I) || I <- lists:seq(1, 50)], throw_away(N - 1).

tables() ->
    Self = self(),
    Tables = [begin
        T = ets:new(soak, Options),
        ets:insert(T, [{N, integer_to_binary(N), lists:seq(1, N rem 10)} || N <- lists:seq(1, 300)]),
        ets:select_delete(T, [{{'$1', '_', '_'}, [{'>', '$1', 200}], [true]}]),
        T
    end || Options <- [[set], [ordered_set, public], [bag, compressed], [duplicate_bag], [set, public, {write_concurrency, true}]]],
    [ets:delete(T) || T <- tl(Tables)],
    %% The first and one with an heir end with their owners.
    spawn_link(fun() -> T = ets:new(inherited, [{heir, Self, data}]), ets:insert(T, {a, lists:seq(1, 100)}) end),
    receive {'ETS-TRANSFER', _, _, data} -> ok end.

compiled(N) ->
    Forms = [begin {ok, T, _} = erl_scan:string(Text), {ok, F} = erl_parse:parse_form(T), F end || Text <-
        ["-module(soak_server).", "-export([init/1, handle_call/3, handle_cast/2, code_change/3, literal/0]).", "init(S) -> {ok, S}.",
         "handle_call(get, _, S) -> {reply, {S, " ++ integer_to_list(N) ++ "}, S}.", "handle_cast(_, S) -> {noreply, S}.",
         "code_change(_, S, N) -> {ok, S + N}.", "literal() -> {\"a literal\", " ++ integer_to_list(N) ++ ", #{a => [1, 2, 3]}}."]],
    {ok, soak_server, Beam} = compile:forms(Forms),
    Beam.

upgrades([First | _] = Beams, Times) ->
    load(First),
    {ok, Server} = gen_server:start_link(soak_server, 0, []),
    [begin
        ok = sys:suspend(Server),
        load(Beam),
        ok = sys:change_code(Server, soak_server, old, N),
        ok = sys:resume(Server),
        {_, _} = gen_server:call(Server, get),
        soak_server:literal()
    end || N <- lists:seq(1, Times), Beam <- Beams],
    gen_server:stop(Server),
    code:delete(soak_server),
    code:purge(soak_server).

load(Beam) ->
    code:purge(soak_server),
    {module, soak_server} = code:load_binary(soak_server, "soak_server.erl", Beam).

timers() ->
    Refs = [erlang:start_timer(100000 + N, self(), {timer, N}) || N <- lists:seq(1, 200)],
    [true = is_integer(erlang:cancel_timer(R)) || R <- Refs],
    Soon = [erlang:send_after(N rem 5, self(), {soon, N}) || N <- lists:seq(1, 100)],
    [receive {soon, N} -> ok end || N <- lists:seq(1, 100)],
    [false = erlang:cancel_timer(R) || R <- Soon],
    [receive never -> ok after 0 -> ok end || _ <- lists:seq(1, 50)].

binaries() ->
    Big = binary:copy(<<"soak">>, 50000),
    Parts = [binary:part(Big, N, 1000) || N <- lists:seq(1, 100)],
    Pid = spawn_link(fun() -> receive {_, Ps} -> length([P || P <- Ps, byte_size(P) =:= 1000]) end end),
    Pid ! {Big, Parts},
    Built = lists:foldl(fun(P, Acc) -> <<Acc/binary, P/binary>> end, <<>>, Parts),
    Term = {Built, Parts, maps:from_list([{N, P} || {N, P} <- lists:zip(lists:seq(1, 100), Parts)])},
    Term = binary_to_term(term_to_binary(Term, [compressed])),
    receive after 1 -> ok end.

terms() ->
    persistent_term:put(soak, lists:seq(1, 200)),
    Value = persistent_term:get(soak),
    persistent_term:put(soak, {replaced, length(Value)}),
    persistent_term:erase(soak),
    Counter = counters:new(100, []),
    Atomics = atomics:new(100, []),
    [begin counters:add(Counter, N, N), atomics:add(Atomics, N, length(Value)) end || N <- lists:seq(1, 100)].

names() ->
    [begin
        Name = list_to_atom("soak_" ++ integer_to_list(N)),
        {Pid, Monitor} = spawn_monitor(fun() -> register(Name, self()), exit(registered) end),
        receive {'DOWN', Monitor, process, Pid, registered} -> undefined = whereis(Name) end
    end || N <- lists:seq(1, 20)].

ports() ->
    Port = open_port({spawn_executable, "/bin/echo"}, [exit_status, binary, {args, ["hello"]}]),
    receive {Port, {exit_status, 0}} -> ok end.
