%% area: ets repeat: 2
%% Four processes read and write one table.
-module(ets_shared).
-export([main/0]).
main() ->
    T = ets:new(t, [set, public, {write_concurrency, true}, {read_concurrency, true}]),
    O = ets:new(o, [ordered_set, public, {write_concurrency, true}]),
    ets:insert(T, [{I, 0, x} || I <- lists:seq(0, 9999)]),
    Ps = [spawn_monitor(fun() -> exit({done, mix(T, O, P, 120000, 0)}) end) || P <- lists:seq(1, 4)],
    Sum = lists:sum([receive {'DOWN', M, _, _, {done, S}} -> S end || {_, M} <- Ps]),
    {Sum, lists:sum(ets:select(T, [{{'_', '$1', '_'}, [], ['$1']}])), ets:info(T, size), ets:info(O, size)}.
mix(_, _, _, 0, A) -> A;
mix(T, O, P, N, A) ->
    K = (N * 7919 + P * 2503) rem 10000,
    case N rem 5 of
        0 -> ets:update_counter(T, K, {2, 1}), mix(T, O, P, N - 1, A);
        1 -> ets:insert(T, {{P, K}, N, y}), mix(T, O, P, N - 1, A + 1);
        2 -> ets:insert(O, {{P, K}, N}), mix(T, O, P, N - 1, A + 1);
        _ -> [{_, _, X}] = ets:lookup(T, K), mix(T, O, P, N - 1, A + atom_to_size(X))
    end.
atom_to_size(x) -> 2.
