%% area: ets repeat: 1
%% A million rows in each of two tables: what they take, and match specs over all of them.
-module(ets_million).
-export([main/0]).
main() ->
    {rows(set), rows(ordered_set)}.
rows(Type) ->
    T = ets:new(t, [Type]),
    fill(T, 1000000),
    R = {ets:select_count(T, [{{'$1', '$2', '_'}, [{'=:=', '$2', 77}, {'>', '$1', 1000}], [true]}]),
         length(ets:select(T, [{{'$1', 5, '$2'}, [{'>=', '$2', 2.5}], [{{'$1', '$2'}}]}])),
         length(ets:match_object(T, {'_', 99, '_'})),
         ets:select_replace(T, [{{'$1', 3, '$2'}, [], [{{'$1', 4, '$2'}}]}]),
         ets:select_delete(T, [{{'_', '$1', '_'}, [{'<', '$1', 50}], [true]}]), ets:info(T, size)},
    ets:delete(T),
    R.
fill(_, 0) -> ok;
fill(T, N) -> ets:insert(T, {N * 7919 rem 1000003, N rem 100, N / 4}), fill(T, N - 1).
