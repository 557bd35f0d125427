%% ets: every table type, insertion, lookup, deletion, counters, elements, traversal.
-module(ets_basic).
-export([main/1]).

main(_) ->
    [table(T) || T <- [set, ordered_set, bag, duplicate_bag]],
    T = ets:new(named, [named_table, public, {keypos, 2}, {read_concurrency, true}, {write_concurrency, true}]),
    t:show(T), t:show(ets:insert(named, [{a, k1}, {b, k2, x}])), t:show(ets:lookup(named, k2)), t:show(ets:whereis(named) =/= undefined), t:show([ets:info(named, I) || I <- [name, type, keypos, protection, named_table, size, read_concurrency, write_concurrency, compressed, heir, node, decentralized_counters]]),
    t:show(ets:rename(named, other)), t:show([ets:whereis(named), ets:info(named), ets:info(named, size)]), t:show(ets:lookup_element(other, k1, 1)), t:show(ets:delete(other)),
    C = ets:new(c, [set]), ets:insert(C, {k, 1, 2, x}),
    t:show([ets:update_counter(C, k, 5), ets:update_counter(C, k, {3, -10}), ets:update_counter(C, k, [{2, 1}, {3, 1}, {2, 100}]), ets:update_counter(C, k, {2, 10, 50, 0}), ets:update_counter(C, k, {2, -10, -5, 7}), ets:update_counter(C, new, {2, 3}, {new, 10}), ets:update_counter(C, k, {2, 1 bsl 70}), ets:update_counter(C, k, [])]),
    t:show(lists:sort(ets:tab2list(C))), t:show([ets:update_element(C, k, {4, y}), ets:update_element(C, k, [{3, a}, {2, b}]), ets:update_element(C, none, {2, a})]), t:show(ets:lookup(C, k)),
    t:show([t:try_it(F) || F <- [fun() -> ets:update_counter(C, none, 1) end, fun() -> ets:update_counter(C, k, {4, 1}) end, fun() -> ets:update_counter(C, k, {9, 1}) end, fun() -> ets:update_element(C, k, {1, x}) end, fun() -> ets:update_counter(C, k, {1, 1}) end,
        fun() -> ets:insert(C, x) end, fun() -> ets:insert(C, {}) end, fun() -> ets:insert(C, [{a}, b]) end, fun() -> ets:lookup_element(C, none, 1) end, fun() -> ets:lookup_element(C, k, 9) end, fun() -> ets:new(1, []) end, fun() -> ets:new(a, [bad]) end, fun() -> ets:lookup(bad, 1) end]]),
    t:show([ets:insert_new(C, {k, 1}), ets:insert_new(C, {z, 1}), ets:insert_new(C, [{z, 2}, {y, 1}]), ets:member(C, y), ets:insert_new(C, [{q, 1}, {r, 1}])]), t:show(ets:take(C, z)), t:show(ets:take(C, z)), t:show(lists:sort(ets:tab2list(C))),
    t:show(ets:delete_all_objects(C)), t:show(ets:info(C, size)),
    O = ets:new(o, [ordered_set]), [ets:insert(O, {N * 7919 rem 1009, N}) || N <- lists:seq(1, 1000)], t:show([ets:first(O), ets:last(O), ets:next(O, 500), ets:prev(O, 500), ets:next(O, 500.5), ets:prev(O, 0), ets:next(O, 100000), ets:prev(O, 100000), ets:prev(O, a), ets:next(O, a)]),
    t:show(walk(O, ets:first(O), 0) =:= length(ets:tab2list(O))), t:show([K || {K, _} <- ets:tab2list(O)] =:= lists:usort([N * 7919 rem 1009 || N <- lists:seq(1, 1000)])), t:show(ets:foldl(fun({K, _}, A) -> A + K end, 0, O)), t:show(hd(ets:foldr(fun({K, _}, A) -> [K | A] end, [], O))), t:show(ets:slot(O, 0)), t:show(ets:slot(O, ets:info(O, size))),
    Mixed = ets:new(m, [ordered_set]), Ks = [a, 1, 1.5, "s", {}, {1}, #{}, <<"b">>, [], -1, 1 bsl 70, {a, b}, 'B', [1 | 2]], [ets:insert(Mixed, {K}) || K <- Ks], t:show(ets:tab2list(Mixed) =:= [{K} || K <- lists:sort(Ks)]),
    ets:insert(Mixed, {1.0, float}), t:show([ets:lookup(Mixed, 1), ets:lookup(Mixed, 1.0), ets:member(Mixed, 1)]),
    S = ets:new(s, [set]), ets:insert(S, [{1, int}, {1.0, float}]), t:show([ets:lookup(S, 1), ets:lookup(S, 1.0), ets:info(S, size)]),
    B = ets:new(b, [set, compressed]), Terms = [{K, lists:seq(1, 50), #{K => <<0:800>>}} || K <- lists:seq(1, 100)], ets:insert(B, Terms), t:show(lists:sort(ets:tab2list(B)) =:= Terms),
    t:show(catch ets:safe_fixtable(S, true)), t:show(ets:info(S, safe_fixed_monotonic_time) =/= false), ets:delete(S, 1), t:show(ets:next(S, 1) =/= x), ets:safe_fixtable(S, false), t:show(ets:info(S, safe_fixed)), t:show(ets:info(S, fixed)),
    Big = ets:new(big, []), [ets:insert(Big, {{K, "key"}, K}) || K <- lists:seq(1, 50000)], t:show([ets:info(Big, size), lists:sum([V || {_, V} <- ets:tab2list(Big)]), ets:lookup(Big, {777, "key"})]), [ets:delete(Big, {K, "key"}) || K <- lists:seq(1, 49990)], t:show(lists:sort(ets:tab2list(Big))),
    t:show(walk(Big, ets:first(Big), 0)), t:show(ets:delete(Big)), t:show(t:try_it(fun() -> ets:first(Big) end)), t:show(lists:member(C, ets:all())),
    F = filename:join("/tmp", "joist_ets_test.tab"), t:show(ets:tab2file(O, F)), {ok, O2} = ets:file2tab(F), t:show(ets:tab2list(O) =:= ets:tab2list(O2)), file:delete(F).

table(Type) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{a, 1}, {b, 2}, {a, 3}, {a, 1}, {c, 4}, {a, 2}]), ets:insert(T, {b, 2}),
    t:show({Type, lists:sort(ets:tab2list(T)), ets:lookup(T, a), ets:info(T, size), ets:member(T, c)}),
    ets:delete_object(T, {a, 1}), t:show(ets:lookup(T, a)), ets:delete(T, a), t:show(lists:sort(ets:tab2list(T))),
    t:show(t:try_it(fun() -> ets:lookup_element(T, b, 2) end)), t:show(lists:sort(ets:take(T, b))), t:show(walk(T, ets:first(T), 0)), t:show(ets:delete(T)).

walk(_, '$end_of_table', N) -> N;
walk(T, K, N) -> walk(T, ets:next(T, K), N + 1).
