%% The string module on latin, accented and composed text.
-module(string_module).
-export([main/1]).

main(_) ->
    Ss = ["", "hello", "Hello World", "  pad  ", "\x{e9}\x{e0}\x{fc}", [$e, 16#301, $x], "\x{1F468}\x{200D}\x{1F469}\x{200D}\x{1F467} family", "stra\x{df}e", <<"bin\x{e9}"/utf8>>, "a,b,,c", "\x{130}\x{131}", "tab\tnew\nline"],
    F1 = [length, to_graphemes, lowercase, uppercase, titlecase, casefold, trim, reverse, is_empty, next_codepoint, next_grapheme, chomp, to_integer, to_float, lexemes_],
    [io:format("~w ~w: ~w~n", [F, S, t:try_it(fun() -> call(F, S) end)]) || F <- F1, S <- Ss],
    [io:format("~w ~0p: ~w~n", [F, A, t:try_it(fun() -> apply(string, F, A) end)]) || {F, A} <- [{pad, ["ab", 5]}, {pad, ["ab", 5, leading]}, {pad, ["ab", 5, both, $*]}, {pad, ["abc", 2]}, {slice, ["hello", 1, 3]}, {slice, [<<"hello">>, 2]}, {slice, ["h\x{e9}llo", 1, 1]}, {split, ["a-b-c", "-"]}, {split, ["a-b-c", "-", trailing]}, {split, ["a-b-c", "-", all]}, {split, [<<"a-b">>, "-"]},
        {replace, ["a-b-c", "-", "+"]}, {replace, ["a-b-c", "-", "+", all]}, {find, ["hello", "l"]}, {find, ["hello", "l", trailing]}, {find, [<<"hello">>, "zz"]}, {prefix, ["hello", "he"]}, {prefix, ["hello", "x"]}, {equal, ["abc", <<"abc">>]}, {equal, ["ABC", "abc", true]}, {equal, [[16#E9], [$e, 16#301], false, nfc]}, {take, ["abc123", "abc"]}, {take, ["abc123", "abc", true]}, {take, ["123abc", "abc", false, trailing]},
        {trim, ["xxaxx", both, "x"]}, {trim, ["xxaxx", leading, "x"]}, {nth_lexeme, ["a b c", 2, " "]}, {lexemes, ["a,b;c", ",;"]}, {lexemes, [<<"a b  c">>, " "]}, {concat, ["a", "b"]}, {tokens, ["a b,c", " ,"]}, {join, [["a", "b"], ", "]}, {chars, [$x, 3]}, {copies, ["ab", 3]}, {words, ["a b c"]}, {substr, ["hello", 2, 3]}, {sub_word, ["a b c", 2]}, {strip, ["  a  "]}, {left, ["ab", 4, $.]}, {right, ["ab", 4]}, {centre, ["ab", 6]}, {str, ["hello", "l"]}, {rstr, ["hello", "l"]}, {chr, ["hello", $l]}, {rchr, ["hello", $l]}, {span, ["aab", "a"]}, {cspan, ["aab", "b"]}, {to_upper, ["h\x{e9}"]}, {to_lower, ["H\x{c9}"]},
        {to_integer, ["12abc"]}, {to_integer, [<<"-7">>]}, {to_float, ["1.5e3x"]}, {to_float, ["x"]}, {jaro_similarity, ["a", "b"]}]],
    t:show(erlang:md5(unicode:characters_to_binary(string:uppercase([C || C <- lists:seq(32, 16#FFFF), C < 16#D800 orelse C > 16#DFFF])))), t:show(length(string:to_graphemes(lists:flatten(lists:duplicate(5000, [$e, 16#301, $\r, $\n]))))).

call(lexemes_, S) -> string:lexemes(S, " ,\n\t");
call(F, S) -> string:F(S).
