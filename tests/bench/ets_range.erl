%% area: ets repeat: 2
-module(ets_range).
-export([main/0]).
main() ->
    T = ets:new(t, [ordered_set]),
    ets:insert(T, [{I * 104729 rem 200003, I rem 10, <<I:32>>} || I <- lists:seq(1, 100000)]),
    Ranges = [length(ets:select(T, [{{'$1', '_', '_'}, [{'>=', '$1', L}, {'<', '$1', L + 2000}], ['$1']}])) || L <- lists:seq(0, 190000, 10000)],
    {Chunk, _} = ets:select(T, [{{'$1', 3, '$2'}, [], [{{'$1', '$2'}}]}], 5000),
    Ups = [up(T, L, 20, 0) || L <- lists:seq(0, 199000, 50)],
    Prefix = ets:new(p, [ordered_set]),
    ets:insert(Prefix, [{{I rem 500, I}, I} || I <- lists:seq(1, 60000)]),
    ByPrefix = [length(ets:match(Prefix, {{G, '$1'}, '_'})) || G <- lists:seq(0, 499)],
    {lists:sum(Ranges), length(Chunk), lists:sum(Ups), lists:sum(ByPrefix), ets:select_count(T, [{{'_', 4, '_'}, [], [true]}]),
     ets:select_delete(T, [{{'$1', '_', '_'}, [{'<', '$1', 50000}], [true]}]), ets:prev(T, 100000), ets:last(T)}.
up(_, _, 0, A) -> A;
up(T, K, N, A) -> case ets:next(T, K) of '$end_of_table' -> A; Next -> up(T, Next, N - 1, A + Next rem 3) end.
