%% Random Erlang modules, as abstract forms, for tools/fuzz_diff.
%%
%% A program is a list of functions {Name, Expression}: the module exports each as Name/0. Expressions use variables that are bound around them,
%% and nothing in which two runs may differ: no pids, no references, no time. What could use up memory or time is bounded by the
%% shapes that are generated (shift counts, sizes, lengths), the rest by the runner's limits.
-module(fuzz_gen).
-export([program/2, forms/2, smaller/1, calls/2]).

%% ---- a program of Count functions from a seed
program(Seed, Count) ->
    rand:seed(exsss, {Seed, Seed * 7919 + 1, 104729}),
    put(vars, 0),
    [{list_to_atom("f" ++ integer_to_list(I)), expr(2 + rand:uniform(4), [])} || I <- lists:seq(1, Count)].

forms(Module, Functions) ->
    [{attribute, 1, module, Module}, {attribute, 1, export, [{N, 0} || {N, _} <- Functions]}, {attribute, 1, compile, [{nowarn_unused_vars, all}]}]
        ++ [{function, I, N, 0, [{clause, I, [], [], [E]}]} || {I, {N, E}} <- lists:enumerate(Functions)]
        ++ [{function, 1, id, 1, [{clause, 1, [{var, 1, 'X'}], [], [{var, 1, 'X'}]}]}].

%% ---- expressions
-define(L, 1).

expr(D, Env) when D =< 0 -> leaf(Env);
expr(D, Env) ->
    case rand:uniform(32) of
        N when N =< 3 -> leaf(Env);
        N when N =< 8 -> {op, ?L, pick(['+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor', '==', '=:=', '/=', '=/=', '<', '>', '=<', '>=']), expr(D - 1, Env), expr(D - 1, Env)};
        9 -> {op, ?L, pick(['bsl', 'bsr']), expr(D - 1, Env), pick([lit(0), lit(1), lit(7), lit(63), lit(64), lit(-3), lit(65), lit(130)])};
        10 -> {op, ?L, pick(['-', '+', 'bnot', 'not']), expr(D - 1, Env)};
        11 -> {op, ?L, pick(['andalso', 'orelse', 'and', 'or', 'xor']), expr(D - 1, Env), expr(D - 1, Env)};
        12 -> {op, ?L, pick(['++', '--']), list(D - 1, Env), list(D - 1, Env)};
        13 -> list(D, Env);
        14 -> {tuple, ?L, exprs(D, Env)};
        15 -> map(D, Env);
        16 -> {map, ?L, expr(D - 1, Env), [assoc(pick([map_field_assoc, map_field_exact]), D, Env)]};
        N when N =< 18 -> binary(D, Env);
        N when N =< 22 -> 'case'(D, Env);
        23 -> 'if'(D, Env);
        24 -> 'try'(D, Env);
        25 -> {'catch', ?L, expr(D - 1, Env)};
        N when N =< 27 -> comprehension(D, Env);
        28 -> fun_call(D, Env);
        29 -> bind(D, Env);
        30 -> {call, ?L, {atom, ?L, id}, [expr(D - 1, Env)]};
        _ -> {M, F, A} = pick(pure()), {call, ?L, {remote, ?L, {atom, ?L, M}, {atom, ?L, F}}, arguments(A, D, Env)}
    end.

exprs(D, Env) -> [expr(D - 1, Env) || _ <- lists:seq(1, rand:uniform(4) - 1)].
arguments(A, D, Env) -> [expr(D - 1, Env) || _ <- lists:seq(1, A)].

leaf([]) -> literal();
leaf(Env) -> case rand:uniform(2) of 1 -> {var, ?L, pick(Env)}; 2 -> literal() end.

literal() -> case rand:uniform(4) of 1 -> {call, ?L, {atom, ?L, id}, [lit(value())]}; _ -> lit(value()) end.
lit(T) -> erl_parse:abstract(T, ?L).

list(D, Env) ->
    Tail = case rand:uniform(6) of 1 -> expr(D - 1, Env); _ -> {nil, ?L} end,
    lists:foldr(fun(E, T) -> {cons, ?L, E, T} end, Tail, exprs(D, Env)).

map(D, Env) -> {map, ?L, [assoc(map_field_assoc, D, Env) || _ <- lists:seq(1, rand:uniform(4) - 1)]}.
assoc(Kind, D, Env) -> {Kind, ?L, case rand:uniform(3) of 1 -> expr(D - 1, Env); _ -> lit(key()) end, expr(D - 1, Env)}.

%% ---- binaries: built, and matched with sizes that come before
binary(D, Env) -> {bin, ?L, [segment(D, Env) || _ <- lists:seq(1, rand:uniform(4) - 1)]}.
segment(D, Env) ->
    case rand:uniform(7) of
        N when N =< 3 -> {bin_element, ?L, expr(D - 1, Env), size_of(Env), [integer, pick([signed, unsigned]), pick([little, big])]};
        4 -> {bin_element, ?L, expr(D - 1, Env), pick([default, lit(16), lit(32), lit(64), lit(24)]), [float, pick([little, big])]};
        5 -> {bin_element, ?L, bin_value(D, Env), pick([default, default, lit(1), lit(3)]), [binary, {unit, pick([1, 8])}]};
        6 -> {bin_element, ?L, expr(D - 1, Env), default, [pick([utf8, utf16, utf32])]};
        7 -> {bin_element, ?L, {string, ?L, pick(["", "a", "abc"])}, default, default}
    end.
bin_value(D, Env) -> case rand:uniform(3) of 1 -> expr(D - 1, Env); _ -> lit(pick([<<>>, <<1, 2, 3>>, <<5:3>>, <<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11:5>>])) end.
size_of([]) -> lit(pick([0, 1, 3, 7, 8, 9, 16, 31, 60, 63, 64, 65, 128]));
size_of(Env) -> case rand:uniform(6) of 1 -> {op, ?L, 'band', {var, ?L, pick(Env)}, lit(127)}; _ -> size_of([]) end.

bin_pattern(Env) ->
    {Elements, Env1} = lists:mapfoldl(fun(_, E) -> bin_field(E) end, Env, lists:seq(1, rand:uniform(3))),
    case rand:uniform(2) of
        1 -> V = fresh(), {{bin, ?L, Elements ++ [{bin_element, ?L, {var, ?L, V}, default, [pick([bitstring, binary])]}]}, [V | Env1]};
        2 -> {{bin, ?L, Elements}, Env1}
    end.
bin_field(Env) ->
    V = fresh(),
    E = case rand:uniform(5) of
        N when N =< 2 -> {bin_element, ?L, {var, ?L, V}, pick_size(Env), [integer, pick([signed, unsigned]), pick([little, big])]};
        3 -> {bin_element, ?L, {var, ?L, V}, pick([default, lit(32), lit(16)]), [float, pick([little, big])]};
        4 -> {bin_element, ?L, {var, ?L, V}, lit(pick([0, 1, 2, 5])), [binary, {unit, pick([1, 8])}]};
        5 -> {bin_element, ?L, {var, ?L, V}, default, [pick([utf8, utf16, utf32])]}
    end,
    {E, [V | Env]}.
pick_size([V | _]) -> pick([lit(4), lit(8), lit(12), lit(16), lit(64), lit(70), {var, ?L, V}]);
pick_size([]) -> lit(8).

%% ---- what binds
fresh() -> N = get(vars), put(vars, N + 1), list_to_atom("V" ++ integer_to_list(N)).

pattern(D, Env) when D =< 0 -> pattern_leaf(Env);
pattern(D, Env) ->
    case rand:uniform(8) of
        N when N =< 3 -> pattern_leaf(Env);
        4 -> {Ps, Env1} = patterns(D, Env), {{tuple, ?L, Ps}, Env1};
        5 -> {H, E1} = pattern(D - 1, Env), {T, E2} = pattern(D - 1, E1), {{cons, ?L, H, T}, E2};
        6 -> {P, Env1} = pattern(D - 1, Env), {{map, ?L, [{map_field_exact, ?L, lit(key()), P}]}, Env1};
        7 -> bin_pattern(Env);
        8 -> V = fresh(), {P, Env1} = pattern(D - 1, Env), {{match, ?L, {var, ?L, V}, P}, [V | Env1]}
    end.
patterns(D, Env) -> lists:mapfoldl(fun(_, E) -> pattern(D - 1, E) end, Env, lists:seq(1, rand:uniform(4) - 1)).
pattern_leaf(Env) ->
    case rand:uniform(4) of
        1 -> {lit(value()), Env};
        2 when Env =/= [] -> {{var, ?L, pick(Env)}, Env};
        3 -> {{var, ?L, '_'}, Env};
        _ -> V = fresh(), {{var, ?L, V}, [V | Env]}
    end.

guard(Env) -> case rand:uniform(2) of 1 -> []; 2 -> [[test(2, Env) || _ <- lists:seq(1, rand:uniform(2))] || _ <- lists:seq(1, rand:uniform(2))] end.
test(D, Env) ->
    case rand:uniform(4) of
        1 -> {call, ?L, {atom, ?L, pick([is_integer, is_float, is_atom, is_list, is_tuple, is_map, is_binary, is_bitstring, is_number, is_boolean])}, [guard_expr(D, Env)]};
        2 -> {op, ?L, pick(['andalso', 'orelse']), test(D - 1, Env), leaf(Env)};
        _ -> {op, ?L, pick(['==', '=:=', '/=', '=/=', '<', '>', '=<', '>=']), guard_expr(D, Env), guard_expr(D, Env)}
    end.
guard_expr(D, Env) when D =< 0 -> leaf(Env);
guard_expr(D, Env) ->
    case rand:uniform(4) of
        1 -> {op, ?L, pick(['+', '-', '*', 'div', 'rem', 'band', 'bor', '/']), guard_expr(D - 1, Env), guard_expr(D - 1, Env)};
        2 -> {call, ?L, {atom, ?L, pick([abs, byte_size, bit_size, hd, tl, length, map_size, tuple_size, round, trunc, float, ceil, floor])}, [guard_expr(D - 1, Env)]};
        3 -> {call, ?L, {atom, ?L, pick([element, map_get, is_map_key, min, max])}, [guard_expr(D - 1, Env), guard_expr(D - 1, Env)]};
        4 -> leaf(Env)
    end.

clause(D, Env) -> {P, Env1} = pattern(2, Env), {clause, ?L, [P], guard(Env1), [expr(D - 1, Env1)]}.
'case'(D, Env) -> {'case', ?L, expr(D - 1, Env), [clause(D, Env) || _ <- lists:seq(1, rand:uniform(3))] ++ last_clause(D, Env)}.
last_clause(D, Env) -> case rand:uniform(3) of 1 -> []; _ -> [{clause, ?L, [{var, ?L, '_'}], [], [expr(D - 1, Env)]}] end.
'if'(D, Env) -> {'if', ?L, [{clause, ?L, [], [[test(2, Env)]], [expr(D - 1, Env)]} || _ <- [1, 2]] ++ [{clause, ?L, [], [[{atom, ?L, true}]], [expr(D - 1, Env)]}]}.
'try'(D, Env) ->
    C = fresh(), R = fresh(),
    Handler = {clause, ?L, [{tuple, ?L, [{var, ?L, C}, {var, ?L, R}, {var, ?L, '_'}]}], [], [{tuple, ?L, [{var, ?L, C}, {var, ?L, R}, expr(D - 1, Env)]}]},
    After = case rand:uniform(4) of 1 -> [expr(D - 1, Env)]; _ -> [] end,
    Raise = {call, ?L, {remote, ?L, {atom, ?L, erlang}, {atom, ?L, pick([error, throw, exit])}}, [expr(D - 1, Env)]},
    {'try', ?L, [case rand:uniform(3) of 1 -> Raise; _ -> expr(D - 1, Env) end], [], [Handler], After}.
bind(D, Env) -> {P, Env1} = pattern(2, Env), {block, ?L, [{match, ?L, P, expr(D - 1, Env)}, expr(D - 1, Env1)]}.
fun_call(D, Env) ->
    V = fresh(),
    {call, ?L, {'fun', ?L, {clauses, [{clause, ?L, [{var, ?L, V}], guard([V | Env]), [expr(D - 1, [V | Env])]}]}}, [expr(D - 1, Env)]}.
comprehension(D, Env) ->
    {P, Env1} = pattern(1, []),
    {Generator, Env2} = case rand:uniform(3) of
        1 -> V = fresh(), {{b_generate, ?L, {bin, ?L, [{bin_element, ?L, {var, ?L, V}, pick([default, lit(4), lit(11)]), default}]}, bin_value(D, Env)}, [V | Env]};
        _ -> {{generate, ?L, P, list(D - 1, Env)}, Env1 ++ Env}
    end,
    Filter = case rand:uniform(2) of 1 -> []; 2 -> [test(1, Env2)] end,
    case rand:uniform(3) of
        1 -> {bc, ?L, {bin, ?L, [{bin_element, ?L, expr(D - 2, Env2), size_of([]), [integer]}]}, [Generator | Filter]};
        _ -> {lc, ?L, expr(max(0, D - 2), Env2), [Generator | Filter]}
    end.

%% ---- values
pick(L) -> lists:nth(rand:uniform(length(L)), L).
key() -> pick([a, b, 1, 1.0, {a}, "k", <<"k">>, 0, []]).
value() ->
    pick([0, 1, -1, 2, 7, 255, 256, -128, 1 bsl 31, 1 bsl 59 - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1, 1 bsl 60 - 1, 1 bsl 60, -(1 bsl 60), -(1 bsl 60) - 1,
          1 bsl 62, 1 bsl 63, -(1 bsl 63), 1 bsl 64, 1 bsl 64 - 1, -(1 bsl 64), 1 bsl 128, (1 bsl 200) + 12345, -(1 bsl 200),
          0.0, 1.0, -1.0, 0.5, 1.0e308, -1.0e308, 5.0e-324, 1.5e10, 4503599627370497.5, 9007199254740993.0, 1.0e22, 1.152921504606847e18,
          a, b, true, false, undefined, '', error, [], [1], [a, b, c], "text", [1 | 2], [[], [x]], [{a, 1}, {b, 2}, {a, 3}],
          {}, {a}, {1, 2, 3}, {a, {b, [c]}}, #{}, #{a => 1}, #{1 => a, 1.0 => b}, maps:from_list([{I, I} || I <- lists:seq(1, 40)]),
          <<>>, <<1>>, <<1, 2, 3>>, <<5:3>>, <<0:1>>, <<"binary text">>, <<16#c3, 16#a5>>, <<255, 254>>, binary:copy(<<1, 2>>, 60), <<(binary:copy(<<9>>, 70))/binary, 3:5>>,
          [128512, 97], [<<1>>, [2, "3"] | <<4>>]]).

%% Functions whose result depends on nothing but their arguments, and that do not run long on small ones.
pure() ->
    [{erlang, F, 1} || F <- [abs, atom_to_list, atom_to_binary, binary_to_list, bitstring_to_list, binary_to_float, binary_to_integer, bit_size, byte_size, ceil,
        crc32, adler32, float, float_to_list, float_to_binary, floor, hd, integer_to_list, integer_to_binary, iolist_size, iolist_to_binary, iolist_to_iovec,
        is_atom, is_binary, is_bitstring, is_boolean, is_float, is_integer, is_list, is_map, is_number, is_tuple, length, list_to_binary, list_to_bitstring,
        list_to_float, list_to_integer, list_to_tuple, map_size, md5, phash2, round, size, tl, trunc, tuple_size, tuple_to_list, external_size,
        term_to_binary, list_to_existing_atom]] ++
    [{erlang, F, 2} || F <- [append_element, element, delete_element, is_map_key, map_get, max, min, float_to_list, float_to_binary, integer_to_list, integer_to_binary,
        list_to_integer, binary_to_integer, split_binary, phash2, crc32, atom_to_binary, '++', '--', '+', '-', '*', '/', 'div', 'rem', '==', '=:=', '<', 'band', 'bor', 'bxor',
        'and', 'or', 'xor', term_to_binary, binary_to_term]] ++
    [{erlang, F, 3} || F <- [setelement, insert_element, binary_part, binary_to_list, phash, crc32_combine]] ++
    [{lists, F, 1} || F <- [reverse, sort, usort, flatten, last, sum, max, min, append, concat, droplast, unzip]] ++
    [{lists, F, 2} || F <- [member, delete, nth, nthtail, sublist, subtract, append, prefix, suffix, zip, merge, keysort, reverse, split]] ++
    [{lists, F, 3} || F <- [keyfind, keymember, keysearch, keydelete, sublist, keytake]] ++
    [{maps, F, 1} || F <- [keys, values, to_list, from_list, size]] ++
    [{maps, F, 2} || F <- [get, find, is_key, remove, take, merge, with, without, intersect, from_keys]] ++ [{maps, F, 3} || F <- [get, put, update]] ++
    [{binary, F, 1} || F <- [first, last, bin_to_list, list_to_bin, decode_unsigned, encode_unsigned, copy, longest_common_prefix, longest_common_suffix]] ++
    [{binary, F, 2} || F <- [at, match, matches, split, decode_unsigned, encode_unsigned, part, bin_to_list]] ++
    [{binary, F, 3} || F <- [part, match, matches, split, replace, bin_to_list]] ++
    [{unicode, F, 1} || F <- [characters_to_list, characters_to_binary, bin_is_7bit]] ++ [{unicode, F, 2} || F <- [characters_to_list, characters_to_binary]] ++
    [{math, F, 1} || F <- [sqrt, floor, ceil, exp, log, log2, sin, atan]] ++ [{math, F, 2} || F <- [pow, fmod, atan2]] ++
    [{string, F, 1} || F <- [length, to_integer, to_float, uppercase, trim, is_empty]] ++ [{re, run, 2}, {io_lib, write, 1}, {base64, encode, 1}, {base64, decode, 1}].

%% Count calls {M, F, Args} of natives and their like with values that they rarely get.
calls(Seed, Count) ->
    rand:seed(exsss, {Seed, 31337, Seed + 5}),
    [case rand:uniform(2) of
        1 -> {M, F, A} = pick(pure()), {M, F, [argument() || _ <- lists:seq(1, A)]};
        2 -> fitting(rand:uniform(14))
     end || _ <- lists:seq(1, Count)].
argument() -> case rand:uniform(5) of 1 -> [value() || _ <- lists:seq(1, rand:uniform(3))]; 2 -> pick([utf8, latin1, unicode, global, [global], [{scope, {1, 1}}], {0, 1}, {1, -1}, compressed, [safe], [], 10, 16, 36]); _ -> value() end.

%% Calls whose arguments nearly fit, so that more than the first check is reached. Left out is where OTP has bugs: tags that ETS uses
%% inside are taken by binary_to_term, a zero ends the text of a float, an offset behind the end of re's subject ends the process;
%% and where PCRE 8 and PCRE2 differ: \w{2} and characters from 128 to 255, a group that refers to itself, (?=a)a at the end of the text.
fitting(1) ->  % a term's external form with a few bytes changed, cut or added
    Good = term_to_binary(any(), pick([[], [{minor_version, 1}], [{compressed, 9}]])),
    Changed = mutated(Good, rand:uniform(3) - 1),
    {erlang, binary_to_term, [case [B || <<B>> <= Changed, B >= 73, B =< 76] of [] -> Changed; _ -> Good end | pick([[], [[safe]], [[used]]])]};
fitting(2) -> {erlang, pick([float_to_list, float_to_binary]), [random_float() | pick([[], [[{decimals, rand:uniform(30) - 1} | pick([[], [compact]])]], [[{scientific, rand:uniform(30) - 1}]]])]};
fitting(3) -> {erlang, pick([integer_to_list, integer_to_binary]), [random_integer() | pick([[], [rand:uniform(36)]])]};
fitting(4) -> {erlang, list_to_integer, [mutated(integer_to_list(random_integer(), 16), rand:uniform(2) - 1), 16]};
fitting(5) ->
    Text = mutated(pick([float_to_list(random_float()), io_lib_format:fwrite_g(random_float())]), rand:uniform(2) - 1),
    {erlang, pick([list_to_float, list_to_integer]), [[C || C <- Text, C =/= 0]]};
fitting(6) ->
    Texts = [text() || _ <- [1, 2]],
    {unicode, pick([characters_to_list, characters_to_binary, characters_to_nfc_list, characters_to_nfd_binary]), [pick([hd(Texts), Texts, mutated(unicode:characters_to_binary(Texts), 1)])]};
fitting(7) ->
    Encoding = pick([utf8, {utf16, big}, {utf16, little}, {utf32, big}, {utf32, little}]),
    {unicode, characters_to_binary, [mutated(unicode:characters_to_binary(text(), unicode, Encoding), 1), Encoding, pick([utf8, utf32, latin1])]};
fitting(8) ->
    case rand:uniform(2) of
        1 -> {re, pick([run, split]), [pick(["aaabbbcccabcabc", <<"x1y22z333">>]), regex(3), re_options() ++ pick([[], [{offset, rand:uniform(6)}]])]};
        2 -> {re, pick([run, split]), [[C || C <- text(), C < 128 orelse C > 255], regex(3), re_options()]}
    end;
fitting(9) -> {re, replace, ["one two  three", regex(2), pick(["[&]", "\\1", "<\\g{1}>", "\\2\\", ""]), [{return, binary} | re_options()]]};
fitting(10) ->
    Directives = [format_directive() || _ <- lists:seq(1, rand:uniform(3))],
    {io_lib, format, [lists:append([D || {D, _} <- Directives]), lists:append([A || {_, A} <- Directives])]};
fitting(11) -> {string, pick([find, split, prefix, equal, lexemes, trim, pad, take]), [text(), pick([text(), 20, "ab", " "])]};
fitting(12) ->
    {F, A} = pick([{date_to_gregorian_days, [day()]}, {valid_date, [day()]}, {day_of_the_week, [day()]}, {iso_week_number, [day()]}, {gregorian_days_to_date, [random_integer() rem 4000000]},
        {datetime_to_gregorian_seconds, [{day(), clock()}]}, {gregorian_seconds_to_datetime, [random_integer() rem 1000000000000]}, {system_time_to_rfc3339, [random_integer() rem 100000000000, [{offset, "Z"}]]},
        {seconds_to_daystime, [random_integer() rem 10000000]}]),
    {calendar, F, A};
fitting(13) -> {math, pick([acos, acosh, asin, asinh, atan, atanh, ceil, cos, cosh, exp, floor, log, log10, log2, sin, sinh, sqrt, tan, tanh, erf, erfc]), [pick([random_float(), random_integer(), random_float() / 1.0e300])]};
fitting(14) ->
    Maps = [maps:from_list([{any(), any()} || _ <- lists:seq(1, rand:uniform(6))]) || _ <- [1, 2]],
    pick([{erlang, pick(['<', '==', '=:=', phash2]), Maps}, {lists, sort, [Maps ++ [any() || _ <- lists:seq(1, 8)]]}, {lists, usort, [[any() || _ <- lists:seq(1, 12)]]},
        {maps, merge, Maps}, {maps, with, [[any() | maps:keys(hd(Maps))], hd(Maps)]}, {erlang, phash2, [hd(Maps), 1 bsl 32]}, {erlang, term_to_binary, [any(), [{minor_version, rand:uniform(3) - 1}]]}]).

any() ->
    case rand:uniform(8) of
        N when N =< 3 -> value();
        4 -> random_integer();
        5 -> random_float();
        6 -> text();
        7 -> list_to_tuple([any() || _ <- lists:seq(1, rand:uniform(4) - 1)]);
        8 -> rand:bytes(rand:uniform(5) - 1)
    end.
random_integer() -> Bits = pick([8, 16, 31, 59, 60, 62, 63, 64, 65, 127, 128, 300]), (rand:uniform(1 bsl Bits) - 1) * pick([1, -1]) + pick([0, 0, 1 bsl Bits]).
random_float() ->
    case <<(rand:uniform(1 bsl 64) - 1):64>> of
        <<F/float>> when F > -1.0e10, F < 1.0e10 -> F;
        <<F/float>> -> pick([F, (rand:uniform() - 0.5) * 1.0e6, float(rand:uniform(100000)) / 64]);
        _ -> -0.0
    end.
text() -> [pick([$a, $b, $A, $\s, $\n, $1, $., 16#e5, 16#df, 16#130, 16#301, 16#e9, 16#4e2d, 16#1f600, 16#200d, 16#ac00, 16#fb01]) || _ <- lists:seq(1, rand:uniform(9) - 1)].
day() -> {pick([0, 1, 1970, 2000, 2023, 2024, 1900, 9999, -1]), rand:uniform(13), rand:uniform(32)}.
clock() -> {rand:uniform(25) - 1, rand:uniform(61) - 1, rand:uniform(61) - 1}.

mutated(X, 0) -> X;
mutated(L, Times) when is_list(L) -> unicode:characters_to_list(mutated(unicode:characters_to_binary(L), Times), latin1);
mutated(<<>>, _) -> <<>>;
mutated(B, Times) ->
    At = rand:uniform(byte_size(B)) - 1,
    <<Before:At/binary, Old, After/binary>> = B,
    New = case rand:uniform(4) of 1 -> Before; 2 -> <<Before/binary, After/binary>>; 3 -> <<Before/binary, (Old bxor (1 bsl (rand:uniform(8) - 1))), After/binary>>; 4 -> <<Before/binary, (rand:uniform(256) - 1), Old, After/binary>> end,
    mutated(New, Times - 1).

regex(D) when D =< 0 -> pick(["a", "b", ".", "\\d", "\\w", "[a-c]", "[^b]", "\\s", "x", "$", "^", "\\b"]);
regex(D) ->
    case rand:uniform(8) of
        1 -> [regex(D - 1), regex(D - 1)];
        2 -> ["(", regex(D - 1), ")"];
        3 -> ["(?:", regex(D - 1), "|", regex(D - 1), ")"];
        4 -> [regex(0), pick(["*", "+", "?", "*?", "{2}", "{1,3}", "++"])];
        5 -> ["(?<n>", regex(D - 1), ")"];
        6 -> ["(", regex(D - 1), ")", pick(["*", "+?", "?"])];
        7 -> [pick(["(?!", "(?<=", "(?>", "(?i)("]), regex(0), ")", regex(D - 1)];
        8 -> regex(0)
    end.
re_options() -> [O || O <- [unicode, caseless, global, multiline, dotall, ungreedy, anchored, notempty, {capture, pick([all, first, all_but_first, none, [0, 1, 5], all_names]), pick([index, list, binary])},
    trim, {parts, 2}], rand:uniform(6) =:= 1].

format_directive() ->
    Width = pick(["", "", "5", "-8", "20", "3.2", "10.3", ".4", "12.5.*", "-12..0"]),
    pick([{[$~, Width, C], [V]} || {C, V} <- [{"p", any()}, {"tp", any()}, {"w", any()}, {"tw", any()}, {"s", pick([text(), "text", <<"bin">>, atom])}, {"ts", text()}, {"e", random_float()}, {"f", random_float()},
        {"g", random_float()}, {"b", random_integer()}, {"B", random_integer()}, {"+", random_integer()}, {"c", rand:uniform(255)}, {"tc", 16#1f600}, {"P", any()}, {"i", any()}, {"s", any()}]]
        ++ [{"~" ++ Width ++ "x", [random_integer(), "0x"]}, {"~" ++ Width ++ "P", [any(), rand:uniform(10)]}, {"~" ++ Width ++ "W", [any(), rand:uniform(10)]}, {"~n~~", []}]).

%% ---- shrinking: simpler programs of one function, simplest first
smaller({Name, E}) -> [{Name, S} || S <- lists:usort(fun(A, B) -> size_of_term(A) =< size_of_term(B) end, candidates(E)), size_of_term(S) < size_of_term(E)].
size_of_term(T) -> erts_debug:flat_size(T).

%% An expression's parts in its place, and the same within each part.
candidates(E) -> [lit(0), lit([]), lit(a)] ++ parts(E) ++ inside(E).
parts(T) when is_tuple(T) -> lists:flatmap(fun part/1, tl(tuple_to_list(T)));
parts(_) -> [].
part(T) when is_tuple(T) -> case is_expr(T) of true -> [T]; false -> parts(T) end;
part(L) when is_list(L) -> lists:flatmap(fun part/1, L);
part(_) -> [].
is_expr(T) -> lists:member(element(1, T), [integer, float, atom, string, nil, cons, tuple, map, bin, op, 'case', 'if', 'try', 'catch', lc, bc, call, block, var]).
inside(T) when is_tuple(T) ->
    Es = tuple_to_list(T),
    [setelement(I, T, S) || {I, X} <- lists:enumerate(Es), I > 2, S <- inside_element(X)];
inside(_) -> [].
inside_element(X) when is_tuple(X), tuple_size(X) > 1 -> case is_expr(X) of true -> candidates(X); false -> inside(X) end;
inside_element(L) when is_list(L), L =/= [] ->
    try [lists:sublist(L, I - 1) ++ lists:nthtail(I, L) || I <- lists:seq(1, length(L)), length(L) > 1]
        ++ [lists:sublist(L, I - 1) ++ [S] ++ lists:nthtail(I, L) || I <- lists:seq(1, length(L)), S <- inside_element(lists:nth(I, L))]
    catch error:_ -> [] end;
inside_element(_) -> [].
