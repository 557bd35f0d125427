%% erlang:system_profile: settings, and that what is told comes in order and alternates.
-module(system_profile).
-export([main/1]).

main(_) ->
    settings(),
    bad(),
    of_processes(),
    of_ports(),
    gone(),
    ok.

show(What) -> io:format("~p~n", [What]).

keeper(L) ->
    receive
        {all, P} -> P ! {told, lists:reverse(L)};
        M -> keeper([M | L])
    end.

settings() ->
    P = spawn(fun() -> keeper([]) end),
    show(erlang:system_profile()),
    show(erlang:system_profile(P, [runnable_procs])),
    show(setelement(1, erlang:system_profile(), p)),
    show(setelement(1, erlang:system_profile(P, [exclusive, runnable_ports, scheduler, monotonic_timestamp]), p)),
    show(setelement(1, erlang:system_profile(P, []), p)),
    show(erlang:system_profile(undefined, [scheduler])),
    exit(P, kill).

bad() ->
    Dead = spawn(fun() -> ok end),
    timer:sleep(20),
    [show(try erlang:system_profile(A, B) catch error:E -> E end)
     || {A, B} <- [{foo, [runnable_procs]}, {Dead, [runnable_procs]}, {self(), [foo]}, {self(), runnable_procs}]].

told(K) ->
    timer:sleep(100),  % OTP tells it later
    erlang:system_profile(undefined, []),
    K ! {all, self()},
    receive {told, L} -> L end.

of_processes() ->
    [begin
         K = spawn(fun() -> keeper([]) end),
         erlang:system_profile(K, [runnable_procs | Ts]),
         P = spawn(fun Loop() -> receive {F, go} -> F ! gone, Loop(); stop -> ok end end),
         [begin P ! {self(), go}, receive gone -> ok end end || _ <- lists:seq(1, 20)],
         R = monitor(process, P),
         P ! stop,
         receive {'DOWN', R, _, _, _} -> ok end,
         L = told(K),
         Mine = [{S, W, T} || {profile, Id, S, W, T} <- L, Id =:= P],
         show({Ts, element(1, hd(Mine)), element(1, lists:last(Mine)), alternates([S || {S, _, _} <- Mine]),
               length(Mine) > 20, lists:all(fun place/1, [W || {_, W, _} <- Mine]),
               in_order([time(T) || {_, _, T} <- Mine]), [] =:= [x || {profile, Id, _, _, _} <- L, Id =:= K]})
     end || Ts <- [[], [timestamp], [monotonic_timestamp], [strict_monotonic_timestamp]]].

time({A, B, C}) -> (A * 1000000 + B) * 1000000 + C;
time({A, _}) -> A;
time(A) -> A.

place(0) -> true;
place({M, F, A}) -> is_atom(M) and is_atom(F) and is_integer(A).

alternates([S, S | _]) -> false;
alternates([_ | L]) -> alternates(L);
alternates([]) -> true.

in_order(L) -> L =:= lists:sort(L).

of_ports() ->
    K = spawn(fun() -> keeper([]) end),
    P = open_port({spawn, "cat"}, [binary]),
    port_command(P, <<"before">>),
    receive {P, {data, _}} -> ok end,
    erlang:system_profile(K, [runnable_ports]),
    [begin port_command(P, <<"x">>), receive {P, {data, _}} -> ok end end || _ <- lists:seq(1, 5)],
    timer:sleep(50),
    L = told(K),
    Mine = [S || {profile, Id, S, 0, {_, _, _}} <- L, Id =:= P],
    show({alternates(Mine), length(Mine) >= 10}),
    port_close(P).

gone() ->
    K = spawn(fun() -> receive stop -> ok end end),
    erlang:system_profile(K, [runnable_procs]),
    R = monitor(process, K),
    K ! stop,
    receive {'DOWN', R, _, _, _} -> ok end,
    show(erlang:system_profile()),
    spawn(fun() -> ok end).
