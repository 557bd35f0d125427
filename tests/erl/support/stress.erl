%% What the stress programs share.
-module(stress).
-export([deadline/1, passed/1, wait_until/1, parallel/2]).

%% The moment so many milliseconds from now.
deadline(Milliseconds) -> erlang:monotonic_time(millisecond) + Milliseconds.
passed(Deadline) -> erlang:monotonic_time(millisecond) >= Deadline.

%% Returns when the fun says true; the test's time limit ends what never becomes true.
wait_until(Fun) ->
    case Fun() of
        true -> ok;
        false -> timer:sleep(1), wait_until(Fun)
    end.

%% Runs Fun(N, Deadline) again and again in a process each for N in 1 … Count, and waits; the reasons with which they ended.
parallel(Milliseconds, Funs) ->
    Deadline = deadline(Milliseconds),
    Ps = [spawn_monitor(fun() -> rand:seed(exsss, {N, N, N}), again(Fun, Deadline) end) || {N, Fun} <- lists:zip(lists:seq(1, length(Funs)), Funs)],
    lists:usort([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Ps]).

again(Fun, Deadline) ->
    Fun(),
    case passed(Deadline) of
        true -> ok;
        false -> again(Fun, Deadline)
    end.
