%% What a process owned when it was killed: each thing is gone, or has gone where it should, once its monitors know.
-module(killed_owners).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    t:show([{Name, owner(F)} || {Name, F} <- [{tables, fun tables/0}, {fixation, fun fixation/0}, {ports, fun ports/0}, {files, fun files/0},
        {timers, fun timers/0}, {monitors, fun monitors/0}, {links, fun links/0}, {names, fun names/0}, {aliases, fun aliases/0},
        {listener, fun listener/0}, {connection, fun connection/0}, {udp, fun udp/0}, {new_socket, fun new_socket/0}, {leader, fun leader/0},
        {suspended, fun suspended/0}, {dirty, fun dirty/0}, {requests, fun requests/0}, {much, fun much/0}]]),
    t:show(receive X -> X after 0 -> nothing_else end).

%% F runs in the owner and returns a fun for this process, to be called when the owner is dead.
owner(F) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> Self ! {self(), F()}, receive never -> ok end end),
    After = receive {Pid, A} -> A; {'DOWN', Monitor, process, Pid, Why} -> fun() -> Why end end,
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, _} -> ok end,
    After().

parent() -> {parent, P} = process_info(self(), parent), P.
eventually(F) -> eventually(F, 3000).
eventually(_, 0) -> never;
eventually(F, N) -> F() orelse begin timer:sleep(1), eventually(F, N - 1) end.

tables() ->
    Heir = parent(),
    Tables = [ets:new(killed_table, [public, named_table]), ets:new(t, [ordered_set, public, {write_concurrency, true}]), ets:new(t, [bag, compressed])],
    Kept = ets:new(t, [{heir, Heir, left}, {keypos, 2}]),
    [ets:insert(T, [{I, I} || I <- lists:seq(1, 2000)]) || T <- [Kept | Tables]],
    Owner = self(),
    fun() ->
        receive {'ETS-TRANSFER', Kept, Owner, left} -> ok end,
        Gone = [eventually(fun() -> ets:info(T) =:= undefined end) || T <- Tables],
        R = {Gone, ets:whereis(killed_table), ets:new(killed_table, [named_table]), ets:info(Kept, size), ets:info(Kept, owner) =:= self()},
        ets:delete(Kept), ets:delete(killed_table),
        R
    end.

fixation() ->
    Self = self(),
    Other = spawn(fun() -> Self ! ets:new(t, [public]), receive stop -> ok end end),
    T = receive Table -> Table end,
    ets:insert(T, [{I} || I <- lists:seq(1, 1000)]),
    ets:safe_fixtable(T, true),
    ets:delete(T, 1),
    Fixed = ets:info(T, fixed),
    fun() ->
        R = {Fixed, eventually(fun() -> ets:info(T, fixed) =:= false end), ets:info(T, size)},
        Other ! stop,
        R
    end.

ports() ->
    Ports = [open_port({spawn, "cat"}, []) || _ <- [1, 2, 3]],
    OsPids = [element(2, erlang:port_info(P, os_pid)) || P <- Ports],
    register(killed_port, hd(Ports)),
    fun() ->
        {[eventually(fun() -> erlang:port_info(P) =:= undefined end) || P <- Ports], whereis(killed_port),
         eventually(fun() -> not lists:any(fun(P) -> filelib:is_dir("/proc/" ++ integer_to_list(P)) end, OsPids) end)}
    end.

files() ->
    {ok, Io} = file:open("/dev/null", [read]),
    {ok, Raw} = file:open("/dev/null", [read, raw]),
    fun() -> {eventually(fun() -> not is_process_alive(Io) end), try file:read(Raw, 1) catch C:E -> {C, E} end} end.

timers() ->
    Parent = parent(),
    Own = erlang:start_timer(3600000, self(), own),
    Other = erlang:send_after(3600000, Parent, later),
    erlang:send_after(20, Parent, soon),
    {ok, Module} = timer:send_after(20, Parent, soon_too),
    true = is_tuple(Module),
    fun() ->
        [receive M -> ok end || M <- [soon, soon_too]],
        {eventually(fun() -> erlang:read_timer(Own) =:= false end), is_integer(erlang:cancel_timer(Other))}
    end.

monitors() ->
    Parent = parent(),
    monitor(process, Parent), monitor(process, Parent), monitor(process, no_such_name), monitor(time_offset, clock_service),
    Self = self(),
    fun() -> {[P || {process, P} <- element(2, process_info(self(), monitors))], lists:member(Self, element(2, process_info(self(), monitored_by)))} end.

links() ->
    Parent = parent(),
    link(Parent),
    Child = spawn_link(fun() -> receive never -> ok end end),
    Trapping = spawn_link(fun() -> process_flag(trap_exit, true), receive {'EXIT', _, Why} -> Parent ! {trapped, Why} end end),
    {links, L} = process_info(self(), links), 3 = length(L),
    Self = self(),
    eventually(fun() -> process_info(Trapping, trap_exit) =:= {trap_exit, true} end),
    fun() ->
        Why = receive {'EXIT', Self, W} -> W end,
        {Why, receive {trapped, T} -> T end, eventually(fun() -> not is_process_alive(Child) end), lists:member(Self, element(2, process_info(self(), links)))}
    end.

names() ->
    register(killed_name, self()),
    yes = global:register_name(killed_name, self()),
    fun() -> {whereis(killed_name), eventually(fun() -> global:whereis_name(killed_name) =:= undefined end), try killed_name ! x catch C:E -> {C, E} end} end.

aliases() ->
    A = alias(),
    M = monitor(process, parent(), [{alias, demonitor}]),
    fun() -> A ! lost, M ! lost, unalias(A) end.

listener() ->
    {ok, L} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}, {reuseaddr, true}]),
    {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, []),
    gen_tcp:controlling_process(C, parent()),
    fun() ->
        Closed = receive {tcp_closed, C} -> closed; {tcp_error, C, E} -> receive {tcp_closed, C} -> E end end,
        {lists:member(Closed, [closed, econnreset]), eventually(fun() -> erlang:port_info(L) =:= undefined end), gen_tcp:connect({127, 0, 0, 1}, Port, [])}
    end.

connection() ->
    Parent = parent(),
    {ok, L} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}, {active, false}]),
    {ok, Port} = inet:port(L),
    {ok, C} = gen_tcp:connect({127, 0, 0, 1}, Port, [{active, false}]),
    {ok, A} = gen_tcp:accept(L),
    ok = gen_tcp:controlling_process(A, Parent),
    ok = gen_tcp:send(C, "last words"),
    fun() -> {gen_tcp:recv(A, 10), gen_tcp:recv(A, 0, 3000), gen_tcp:send(C, "x"), gen_tcp:close(A)} end.

udp() ->
    {ok, U} = gen_udp:open(0, [{ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(U),
    fun() ->
        eventually(fun() -> erlang:port_info(U) =:= undefined end),
        {ok, Again} = gen_udp:open(Port, [{ip, {127, 0, 0, 1}}]),
        gen_udp:close(Again)
    end.

new_socket() ->
    {ok, S} = socket:open(inet, stream, tcp),
    ok = socket:bind(S, #{family => inet, addr => loopback, port => 0}),
    ok = socket:listen(S),
    {ok, #{port := Port}} = socket:sockname(S),
    fun() ->
        {eventually(fun() -> socket:sockname(S) =:= {error, closed} end), gen_tcp:connect({127, 0, 0, 1}, Port, [])}
    end.

leader() ->
    Parent = parent(),
    {Child, M} = spawn_monitor(fun() -> receive go -> Parent ! {written, try io:put_chars("nobody reads this") catch C:E -> {C, E} end} end end),
    group_leader(self(), Child),
    fun() -> Child ! go, R = receive {written, W} -> W end, demonitor(M, [flush]), R end.

suspended() ->
    Parent = parent(),
    P = spawn(fun() -> receive go -> Parent ! went end end),
    erlang:suspend_process(P), erlang:suspend_process(P),
    P ! go,
    fun() -> receive went -> resumed after 5000 -> still_suspended end end.

dirty() ->
    Parent = parent(),
    [spawn_link(fun() -> Parent ! busy, [re:run(binary:copy(<<"a">>, 20000), "(a+)+b") || _ <- lists:seq(1, 100)] end) || _ <- [1, 2]],
    fun() -> [receive busy -> ok end || _ <- [1, 2]] end.

%% Those who wait for an answer get an error.
requests() ->
    Self = self(),
    Parent = parent(),
    [spawn(fun() -> Parent ! {answer, try gen:call(Self, '$call', hello, 5000) catch C:E -> {C, E} end} end) || _ <- lists:seq(1, 20)],
    eventually(fun() -> element(2, process_info(Self, message_queue_len)) =:= 20 end),
    fun() -> lists:usort([receive {answer, A} -> A end || _ <- lists:seq(1, 20)]) end.

%% A lot of everything at once.
much() ->
    Parent = parent(),
    Ts = [ets:new(t, [public]) || _ <- lists:seq(1, 300)],
    [ets:insert(T, [{I, T} || I <- lists:seq(1, 20)]) || T <- Ts],
    Cs = [spawn_link(fun() -> receive never -> ok end end) || _ <- lists:seq(1, 500)],
    [monitor(process, C) || C <- Cs],
    [erlang:start_timer(3600000, self(), x) || _ <- lists:seq(1, 500)],
    [erlang:send_after(3600000, Parent, x) || _ <- lists:seq(1, 5)],
    [self() ! {I, lists:seq(1, 50)} || I <- lists:seq(1, 1000)],
    [put(I, binary:copy(<<I>>, 100)) || I <- lists:seq(1, 100)],
    fun() ->
        {lists:usort([eventually(fun() -> not is_process_alive(C) end) || C <- Cs]), lists:usort([eventually(fun() -> ets:info(T) =:= undefined end) || T <- Ts])}
    end.
