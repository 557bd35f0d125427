%% area: ets repeat: 2
-module(ets_select).
-export([main/0]).
main() ->
    T = ets:new(t, [set]), ets:insert(T, [{I, I rem 100, {tag, I rem 7}, <<I:32>>} || I <- lists:seq(1, 60000)]),
    [{length(ets:select(T, [{{'$1', '$2', {tag, 3}, '_'}, [{'>', '$2', 50}, {'<', {'+', '$1', '$2'}, 50000}], [{{'$1', '$2'}}]}])),
      ets:select_count(T, [{{'$1', N, '_', '_'}, [{'=:=', {'rem', '$1', 3}, 0}], [true]}]), length(ets:match(T, {'$1', N, '_', '_'})), length(ets:match_object(T, {'_', '_', {tag, N rem 7}, '_'}))} || N <- lists:seq(1, 12)].
