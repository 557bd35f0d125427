%% Match patterns and match specifications: match, select, count, delete, replace, continuations, guards of all kinds, test_ms, fun2ms.
-module(ets_match).
-include_lib("stdlib/include/ms_transform.hrl").
-export([main/1]).

main(_) ->
    [run(Type) || Type <- [set, ordered_set, bag]],
    t:show([ets:test_ms(T, MS) || {T, MS} <- [{{1, 2}, [{{'$1', '$2'}, [], [{{'$2', '$1'}}]}]}, {{1, 2}, [{{'$1', '$1'}, [], ['$_']}]}, {{a, b}, [{'$1', [], ['$$']}]}, {{1}, [{{'$1'}, [{bad, '$1'}], ['$1']}]}, {{1, 2}, [{{'_', '_'}, [], ['$_', x, '$$']}]}, {{1, 2}, [{{'$1', '_'}, [{'>', '$1', 5}], [no]}, {'_', [], [yes]}]}]]),
    Gs = [{'>', '$1', 3}, {is_atom, '$2'}, {'andalso', {is_integer, '$1'}, {'<', '$1', 3}}, {'orelse', {'=:=', '$1', 2}, {'=:=', '$2', z}}, {'==', '$1', 2.0}, {'=/=', '$1', 2}, {'and', true, {'>', '$1', 1}}, {'xor', {'>', '$1', 1}, {'>', '$1', 2}}, {'not', {'>', '$1', 1}}, {'=:=', {'rem', '$1', 2}, 0},
          {'>', {'+', '$1', {'*', '$1', 2}}, 6}, {'=:=', {element, 1, '$_'}, 2}, {'>', {size, '$2'}, 1}, {'>', {length, '$2'}, 1}, {'=:=', {hd, '$2'}, 1}, {is_map_key, k, '$2'}, {'=:=', {map_get, k, '$2'}, 1}, {'=:=', '$2', {const, {a, b}}}, {'=:=', '$2', {{a, b}}}, {'=:=', '$2', [1, 2]}, {is_list, '$2'}, {is_tuple, '$2'}, {is_map, '$2'},
          {is_binary, '$2'}, {is_float, '$2'}, {'=:=', {abs, '$1'}, 3}, {'>', {'/', '$1', 2}, 1}, {'=:=', {'band', '$1', 1}, 1}, {'=:=', {'bsl', 1, '$1'}, 8}, {'>', {byte_size, '$2'}, 0}, {'=:=', {tl, '$2'}, [2]}, {'=:=', {round, '$2'}, 2}, {is_pid, {self}}, {'=:=', {node}, nonode@nohost}, {is_record, '$_', 2}, {'<', '$1', '$2'}, {'=:=', '$2', "ab"}],
    T = ets:new(g, [ordered_set]), ets:insert(T, [{1, a}, {2, {a, b}}, {3, [1, 2]}, {4, #{k => 1}}, {5, <<"bin">>}, {6, 1.5}, {7, "ab"}, {8, z}, {9, 1 bsl 70}]),
    [io:format("~0p ~0p~n", [G, t:try_it(fun() -> ets:select(T, [{{'$1', '$2'}, [G], ['$1']}]) end)]) || G <- Gs],
    Bodies = ['$1', '$_', '$$', {{'$1', '$2'}}, [], ['$1', '$2'], {const, '$1'}, #{a => '$1'}, {'+', '$1', 1}, {element, 1, '$_'}, {{}}, {{{{'$1'}}, x}}, "text", {hd, '$2'}],
    [io:format("~0p ~0p~n", [B, t:try_it(fun() -> ets:select(T, [{{'$1', '$2'}, [], [B]}]) end)]) || B <- Bodies],
    t:show(ets:select(T, ets:fun2ms(fun({K, V}) when K > 2, is_list(V) -> {V, K} end))), t:show(ets:select_count(T, ets:fun2ms(fun({K, _}) when K rem 2 =:= 1 -> true end))),
    t:show(ets:select_replace(T, [{{'$1', a}, [], [{{'$1', replaced}}]}])), t:show(ets:lookup(T, 1)), t:show(t:try_it(fun() -> ets:select_replace(T, [{{'$1', a}, [], [{{x, y}}]}]) end)),
    t:show([t:try_it(fun() -> ets:select(T, MS) end) || MS <- [bad, [bad], [{{'$1'}, bad, []}], [{'$1', [], []}], [{{'$1', '_'}, [{nofun, 1}], ['$1']}], [{{'_', '_'}, [], ['$1']}], [{{'$1', '_'}, ['$2'], ['$1']}]]]),
    t:show([[t:try_it(fun() -> ets:F(Table, []) end) || F <- [select, select_count, select_delete, select_replace, select_reverse]] ++ [ets:select(Table, [], 1)] || Table <- [T, ets:new(h, [])]]),
    t:show([t:try_it(fun() -> ets:match_spec_compile([]) end), t:try_it(fun() -> ets:info(atomics:new(1, [])) end), t:try_it(fun() -> ets:info(make_ref(), size) end)]),
    CMS = ets:match_spec_compile([{{'$1', '$2'}, [{'>', '$1', 1}], ['$2']}]), t:show([ets:is_compiled_ms(CMS), ets:match_spec_run([{1, a}, {2, b}, {3, c}, x], CMS)]),
    L = ets:new(l, [ordered_set]), ets:insert(L, [{{N, N rem 3}, N} || N <- lists:seq(1, 1000)]),
    t:show(chunks(ets:select(L, [{{{'$1', 0}, '_'}, [], ['$1']}], 100), [])), t:show(chunks(ets:match(L, {{'$1', 1}, '_'}, 200), [])), t:show(chunks(ets:match_object(L, {{'_', 2}, '_'}, 300), [])), t:show(length(ets:select_reverse(L, [{{{'$1', '_'}, '_'}, [{'>', '$1', 990}], ['$1']}]))),
    t:show(ets:select_reverse(L, [{{{'$1', '_'}, '_'}, [{'>', '$1', 990}], ['$1']}])), t:show(chunks(ets:select_reverse(L, [{{{'$1', 0}, '_'}, [], ['$1']}], 100), [])), t:show(ets:select(L, [{{{500, '_'}, '$1'}, [], ['$1']}])),
    S = ets:new(s, [set]), ets:insert(S, [{N, N rem 5} || N <- lists:seq(1, 2000)]), t:show(length(all(ets:select(S, [{{'$1', 3}, [], ['$1']}], 7)))), t:show(lists:sum(all(ets:select(S, [{{'$1', 3}, [], ['$1']}], 7)))), t:show(ets:select_delete(S, [{{'$1', 3}, [{'>', '$1', 1000}], [true]}])), t:show(ets:info(S, size)), t:show(ets:match_delete(S, {'_', 4})), t:show(ets:info(S, size)), t:show(ets:select('$end_of_table')).

run(Type) ->
    T = ets:new(t, [Type]), ets:insert(T, [{1, a, x}, {2, b, x}, {3, a, y}, {4, "s", {x, y}}, {5, [a | b], x}, {6, b, #{k => 1}}, {1, a, z}]),
    Ps = [{'$1', a, '$2'}, {'_', '$1', '_'}, {'$1', '_', x}, {'$2', '$1', '_'}, '_', '$1', {1, '$1', '$2'}, {'$1', '$1', '_'}, {'_', '_', {'$1', '$2'}}, {'_', ['$1' | '$2'], '_'}, {'_', '_', #{k => '$1'}}, {'_', '_', #{}}, {a}, {'$10', '$1', '$3'}],
    [io:format("~w ~0p ~0p ~0p~n", [Type, P, lists:sort(ets:match(T, P)), lists:sort(ets:match_object(T, P))]) || P <- Ps].

chunks('$end_of_table', Acc) -> lists:reverse(Acc);
chunks({L, C}, Acc) -> chunks(case hd(L) of [_] -> ets:match(C); {_, _} -> ets:match_object(C); _ -> ets:select(C) end, [{length(L), erlang:phash2(L)} | Acc]).
all('$end_of_table') -> [];
all({L, C}) -> L ++ all(ets:select(C)).
