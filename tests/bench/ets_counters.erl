%% area: ets repeat: 2
-module(ets_counters).
-export([main/0]).
main() ->
    T = ets:new(t, [set, public, named_table]),
    [true = ets:insert_new(t, {{user, I}, 0, 0, [], make}) || I <- lists:seq(1, 2000)],
    N = lists:foldl(fun(I, A) ->
                            K = {user, I * 31 rem 2000 + 1},
                            [X, Y] = ets:update_counter(t, K, [{2, 1}, {3, 2, 1000, 0}]),
                            ets:update_element(t, K, {4, [I]}),
                            A + X + Y + length(ets:lookup_element(T, K, 4))
                    end, 0, lists:seq(1, 400000)),
    {N, ets:update_counter(T, fresh, {2, 5}, {fresh, 10}), ets:member(T, {user, 7}), ets:info(T, size)}.
