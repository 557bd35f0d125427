%% phash2, phash, hash ranges, md5, crc32, adler32 over many terms.
-module(hashes).
-export([main/1]).

terms() ->
    [0, 1, -1, 255, 256, 1 bsl 26, 1 bsl 27, (1 bsl 27) - 1, -(1 bsl 27), -(1 bsl 27) - 1, 1 bsl 31, 1 bsl 32, 1 bsl 59, 1 bsl 60, -(1 bsl 59), -(1 bsl 59) - 1, 1 bsl 63, 1 bsl 64, (1 bsl 64) - 1, -(1 bsl 64), 1 bsl 100, 1 bsl 128, -(1 bsl 200), 1 bsl 1000,
     0.0, -0.0, 1.0, 1.5, -2.25, 1.0e300, 5.0e-324, a, b, '', abc, 'h\x{e9}', '\x{3bb}', list_to_atom(lists:duplicate(255, $z)), [], [1], [1, 2, 3], "abc", "a long string of characters", [a | b], [256], [[]], [[], []], [1, a, 2], [1, 2, a], [$a, 300], {}, {a}, {a, b}, {1, 2, 3}, {{}, []}, list_to_tuple(lists:seq(1, 50)),
     <<>>, <<1>>, <<1, 2>>, <<1, 2, 3>>, <<1, 2, 3, 4>>, <<"twelve bytes">>, <<"thirteen bytes">>, <<1:1>>, <<1:7>>, <<255, 1:1>>, <<1, 2, 3:2>>, binary:copy(<<"x">>, 1000), #{}, #{a => 1}, #{a => 1, b => 2}, #{1 => 2, 2 => 1}, #{1.0 => x}, maps:from_list([{I, I} || I <- lists:seq(1, 32)]), maps:from_list([{I, I} || I <- lists:seq(1, 33)]), maps:from_list([{{I, a}, "v"} || I <- lists:seq(1, 500)]), #{#{} => #{a => #{}}},
     fun lists:map/2, fun erlang:abs/1, [fun lists:map/2 | 1], [{I, "s", <<I>>} || I <- lists:seq(1, 300)], lists:seq(1, 1000), lists:duplicate(300, 255), [lists:duplicate(257, $a)]].

main(_) ->
    [io:format("~w ~w ~w~n", [erlang:phash2(T), erlang:phash2(T, 1 bsl 32), erlang:phash(T, 1 bsl 32)]) || T <- terms()],
    io:format("~w~n", [[erlang:phash2(T, 1000) || T <- terms()]]), io:format("~w~n", [[erlang:phash(T, 1000) || T <- terms()]]), io:format("~w~n", [[erlang:phash2(T, 1) || T <- terms()]]),
    t:show([t:try_it(fun() -> erlang:phash2(a, N) end) || N <- [0, -1, 1 bsl 32, (1 bsl 32) + 1, a, 1.5]]), t:show([t:try_it(fun() -> erlang:phash(a, N) end) || N <- [0, 1, 1 bsl 32, (1 bsl 32) + 1, a]]),
    io:format("~w~n", [erlang:phash2([erlang:phash2(I) || I <- lists:seq(-20000, 20000)])]), io:format("~w~n", [erlang:phash2([erlang:phash2(I * 1.1) || I <- lists:seq(-2000, 2000)])]), io:format("~w~n", [erlang:phash2([erlang:phash2(binary:copy(<<I>>, I)) || I <- lists:seq(0, 255)])]), io:format("~w~n", [erlang:phash2([erlang:phash2(<<I:N>>) || I <- [0, 1, 5], N <- lists:seq(1, 70)])]),
    <<_:3, U:20/binary, _/bits>> = binary:copy(<<"abcdefgh">>, 5), t:show({erlang:phash2(U), erlang:phash2(binary:copy(U)), erlang:phash(U, 1 bsl 32), erlang:md5(U), erlang:crc32(U)}),
    B = <<"The quick brown fox jumps over the lazy dog">>, t:show([erlang:md5(B), erlang:md5([]), erlang:md5(["a", [<<"b">>], $c]), erlang:crc32(B), erlang:adler32(B), erlang:crc32(0, B), erlang:crc32(17, B), erlang:adler32(17, B), erlang:crc32_combine(erlang:crc32(<<"ab">>), erlang:crc32(<<"cd">>), 2), erlang:adler32_combine(erlang:adler32(<<"ab">>), erlang:adler32(<<"cd">>), 2), erlang:crc32(<<>>), erlang:adler32([])]),
    C0 = erlang:md5_init(), C1 = lists:foldl(fun(I, C) -> erlang:md5_update(C, lists:duplicate(I, I)) end, C0, lists:seq(1, 200)), t:show(erlang:md5_final(C1) =:= erlang:md5([lists:duplicate(I, I) || I <- lists:seq(1, 200)])), t:show(erlang:md5(lists:duplicate(100000, "chunk"))), t:show([t:try_it(fun() -> erlang:md5(X) end) || X <- [a, [256], <<1:1>>, [a]]]),
    t:show([sets:size(sets:from_list([erlang:phash2({I, x}) || I <- lists:seq(1, 50000)])) > 49900]).
