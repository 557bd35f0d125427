%% area: ets repeat: 1
%% Processes look up and change what lies all over one ordered set; some walk in it.
-module(ets_shared_ordered).
-export([main/0]).
main() ->
    T = ets:new(t, [ordered_set, public, {write_concurrency, true}, {read_concurrency, true}]),
    ets:insert(T, [{I * 2, 0} || I <- lists:seq(1, 100000)]),
    Ps = [spawn_monitor(fun() -> exit({done, mix(T, P * 7919, 150000, 0)}) end) || P <- lists:seq(1, 4)],
    Sum = lists:sum([receive {'DOWN', M, _, _, {done, S}} -> S end || {_, M} <- Ps]),
    {Sum, ets:info(T, size) >= 100000}.
mix(_, _, 0, A) -> A;
mix(T, X, N, A) ->
    Y = (X * 1103515245 + 12345) band 16#7FFFFFFF,
    K = Y rem 100000 * 2 + 2,
    case N rem 10 of
        0 -> ets:insert(T, {K + 1, N}), ets:delete(T, K + 1), mix(T, Y, N - 1, A);
        1 -> ets:update_counter(T, K, 1), mix(T, Y, N - 1, A);
        2 -> ets:next(T, K), mix(T, Y, N - 1, A + 1);
        _ -> [{K, V}] = ets:lookup(T, K), mix(T, Y, N - 1, A + min(V, 0))
    end.
