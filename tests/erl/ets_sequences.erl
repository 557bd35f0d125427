%% Long sequences of operations on tables of every type; what each gave, in an order of our own where a table has none, is summed up.
-module(ets_sequences).
-export([main/1]).

main(_) ->
    t:show([{Type, Extra, Seed, run(Type, Extra, Seed)} || Type <- [set, ordered_set, bag, duplicate_bag], Extra <- [[], [compressed], [{write_concurrency, true}]], Seed <- [1, 2, 3, 4]]).

run(Type, Extra, Seed) ->
    rand:seed(exsss, {Seed, 3, 3}),
    T = ets:new(t, [Type, public | Extra]),
    Results = [try_it(fun() -> step(T, Type, rand:uniform(24)) end) || _ <- lists:seq(1, 1500)],
    All = sorted(ets:tab2list(T)),
    Size = ets:info(T, size),
    Size = length(All),
    ets:delete(T),
    {Size, erlang:phash2(Results), erlang:phash2(All)}.

key() -> case rand:uniform(6) of
    1 -> rand:uniform(200); 2 -> float(rand:uniform(100)); 3 -> {rand:uniform(10), rand:uniform(10)}; 4 -> [rand:uniform(20)]; 5 -> <<(rand:uniform(20)):16>>; 6 -> rand:uniform(8) bsl 70 end.
object() -> case rand:uniform(5) of
    1 -> {key(), rand:uniform(5)}; 2 -> {key(), rand:uniform(3), lists:seq(1, rand:uniform(30))};
    3 -> {key(), rand:uniform(3), binary:copy(<<"b">>, rand:uniform(150))}; 4 -> {key(), 1, #{a => rand:uniform(3)}}; 5 -> {key(), rand:uniform(1 bsl 62)} end.

try_it(F) -> try F() catch C:R -> {C, R} end.
%% Of terms that are equal but not the same the table decides which comes first.
sorted(L) when is_list(L) -> lists:sort([erlang:phash2(X) || X <- L]); sorted(X) -> X.

step(T, _, K) when K =< 5 -> ets:insert(T, object());
step(T, _, 6) -> ets:insert(T, [object() || _ <- lists:seq(1, rand:uniform(10))]);
step(T, _, 7) -> ets:insert_new(T, object());
step(T, _, 8) -> ets:delete(T, key());
step(T, _, 9) -> sorted(ets:lookup(T, key()));
step(T, _, 10) -> K = key(), try_it(fun() -> sorted(ets:lookup_element(T, K, 2)) end);
step(T, _, 11) -> K = key(), try_it(fun() -> ets:update_counter(T, K, {2, rand:uniform(9) - 4}) end);
step(T, _, 12) -> K = key(), try_it(fun() -> ets:update_counter(T, K, [{2, 3, 4, 0}, {2, 1 bsl 61}], {K, 2}) end);
step(T, _, 13) -> K = key(), try_it(fun() -> ets:update_element(T, K, {2, rand:uniform(4)}) end);
step(T, _, 14) -> sorted(ets:take(T, key()));
step(T, _, 15) -> ets:delete_object(T, object());
step(T, _, 16) -> sorted(ets:match(T, {'$1', rand:uniform(5)}));
step(T, _, 17) -> sorted(ets:select(T, [{{'$1', '$2'}, [{'>', '$2', 3}, {is_integer, '$1'}], ['$$']}, {{'$1', '_', '$3'}, [{is_list, '$3'}], [{{'$1', {length, '$3'}}}]}]));
step(T, _, 18) -> ets:select_count(T, [{{'_', '$1'}, [{'<', '$1', rand:uniform(10)}], [true]}]);
step(T, _, 19) -> case rand:uniform(20) of 1 -> ets:select_delete(T, [{{'_', '$1', '_'}, [{'=:=', '$1', 2}], [true]}]); _ -> none end;
step(T, ordered_set, 20) -> [ets:first(T), ets:last(T), ets:next(T, key()), ets:prev(T, key())];
step(T, _, 20) -> ets:member(T, key());
step(T, _, 21) -> chunks(ets:select(T, [{'$1', [], ['$1']}], 7), []);
step(T, _, 22) -> case rand:uniform(10) of 1 -> ets:select_replace(T, [{{'$1', '$2'}, [{is_integer, '$2'}, {'<', '$2', 10}], [{{'$1', {'+', '$2', 1}}}]}]); _ -> none end;
step(T, _, 23) -> walk(T);
step(T, _, 24) -> try_it(fun() -> ets:match_delete(T, {{rand:uniform(10), '_'}, '_'}) end).

chunks('$end_of_table', L) -> sorted(L);
chunks({Some, Next}, L) -> chunks(ets:select(Next), Some ++ L).

%% Deleting while walking a fixed table.
walk(T) ->
    ets:safe_fixtable(T, true),
    Keys = walk(T, ets:first(T), []),
    ets:safe_fixtable(T, false),
    Keys.
walk(_, '$end_of_table', Keys) -> sorted(Keys);
walk(T, K, Keys) ->
    Keep = erlang:phash2(K, 50) > 0,
    Keep orelse ets:delete(T, K),
    walk(T, ets:next(T, K), [K | Keys]).
