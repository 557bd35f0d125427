%% Binary matching: integers of all sizes, signs, byte orders and offsets, sizes bound in the pattern, rests.
-module(bits_match).
-export([main/1]).

main(_) ->
    B = list_to_binary([(I * 37 + 11) band 255 || I <- lists:seq(0, 39)]),
    [io:format("~w ~w: ~w~n", [O, S, ints(B, O, S)]) || O <- [0, 1, 5, 8, 13], S <- [0, 1, 2, 7, 8, 9, 12, 16, 23, 24, 31, 32, 33, 47, 48, 59, 60, 61, 63, 64, 65, 72, 96, 128, 129]],
    io:format("~w~n", [[fixed(X) || X <- [B, <<>>, <<1>>, <<1, 2>>, <<1, 2, 3, 4>>, <<1:4>>, <<255, 255, 255, 255, 255, 255, 255, 255>>]]]),
    io:format("~w~n", [[float_match(X) || X <- [<<1.5/float>>, <<1.5:32/float>>, <<1.5:16/float>>, <<0:64>>, <<-1:64>>, <<16#7FF0000000000000:64>>, <<2.5/little-float>>, <<1:1, 1.5/float>>]]]),
    io:format("~w~n", [packet(<<3, "abc", 5, "hello", 0, 1, "x">>)]),
    io:format("~w~n", [t:try_it(fun() -> packet(<<3, "ab">>) end)]),
    io:format("~w~n", [rle(<<0:3, 1:5, 0:11, 1:1, 0:4>>)]),
    io:format("~w~n", [[tails(X) || X <- [<<>>, <<1>>, <<1:1>>, <<1, 2:7>>, <<1, 2, 3>>]]]),
    io:format("~w~n", [[literal(X) || X <- [<<"GET /">>, <<"GETX">>, <<"PUT ", 1>>, <<"POST">>, <<137, "PNG">>, <<>>, a]]]),
    io:format("~w~n", [[bound(X, N) || X <- [<<1, 2, 3>>, <<2, 1>>], N <- [0, 1, 2, 3, 4]]]),
    io:format("~w~n", [[computed(X) || X <- [<<2, 1, 2, 3, 4, 9>>, <<0, 7>>, <<9, 1>>, <<1, 1, 1>>]]]),
    io:format("~w~n", [sum(B, 0)]),
    io:format("~w~n", [words(B)]),
    <<_:3, U/bits>> = B,
    io:format("~w ~w~n", [words(U), bit_size(U)]),
    <<A:10/binary, M:5/binary, Z/binary>> = B,
    io:format("~w~n", [{A, M, Z, A < M, <<A/binary, M/binary, Z/binary>> =:= B}]),
    <<X1:3/bits, X2:13/bits, X3/bits>> = B,
    io:format("~w~n", [{X1, X2, bit_size(X3), <<X1/bits, X2/bits, X3/bits>> =:= B}]),
    io:format("~w~n", [[same(X) || X <- [<<1, 1>>, <<1, 2>>, <<3, 3, 3>>]]]),
    io:format("~w~n", [skip(<<1:1, 2:7, 5:16, 9>>)]),
    io:format("~w~n", [native(<<1, 2, 3, 4>>)]),
    io:format("~w~n", [big(binary:copy(<<16#F1>>, 500))]).

ints(B, O, S) ->
    case B of
        <<_:O, A:S, _/bits>> ->
            <<_:O, L:S/little, _/bits>> = B,
            <<_:O, G:S/signed, _/bits>> = B,
            <<_:O, H:S/signed-little, _/bits>> = B,
            {A, L, G, H}
    end.

fixed(<<A:4, B:4>>) -> {nibbles, A, B};
fixed(<<A:16/signed>>) -> {s16, A};
fixed(<<A:32/little-signed>>) -> {s32, A};
fixed(<<A:4>>) -> {nibble, A};
fixed(<<A:64/signed>>) -> {s64, A};
fixed(<<A:24, B:40/little, C:64/unsigned, D:64/signed-little, _/binary>>) -> {A, B, C, D};
fixed(<<>>) -> empty.

float_match(<<F/float>>) -> {f64, F};
float_match(<<F:32/float>>) -> {f32, F};
float_match(<<F:16/float>>) -> {f16, F};
float_match(<<_:1, F/float>>) -> {shifted, F};
float_match(<<I:64>>) -> {int, I};
float_match(_) -> none.

packet(<<N, Data:N/binary, Rest/binary>>) -> [Data | packet(Rest)];
packet(<<>>) -> [].

rle(B) -> rle(B, 0, 0).
rle(<<0:1, R/bits>>, 0, N) -> rle(R, 0, N + 1);
rle(<<1:1, R/bits>>, 1, N) -> rle(R, 1, N + 1);
rle(<<X:1, R/bits>>, Y, N) -> [{Y, N} | rle(R, X, 1)];
rle(<<>>, X, N) -> [{X, N}].

tails(<<_, R/binary>>) -> {binary, R};
tails(<<_:1, R/bits>>) -> {bits, R};
tails(<<>>) -> done.

literal(<<"GET ", R/binary>>) -> {get, R};
literal(<<"PUT ", R/binary>>) -> {put, R};
literal(<<137, "PNG", _/binary>>) -> png;
literal(<<C, _/binary>>) -> C;
literal(_) -> other.

bound(B, N) ->
    case B of
        <<A:N/binary, C, _/binary>> -> {A, C};
        <<_:N/binary>> -> exactly;
        _ -> short
    end.

computed(<<N, A:(N * 2)/binary, _/binary>>) -> {N, A};
computed(<<N, A:(N + 1), _/bits>>) -> {bits, N, A};
computed(_) -> none.

sum(<<X, R/binary>>, S) -> sum(R, S + X);
sum(<<>>, S) -> S.

words(<<W:16/little, R/bits>>) -> [W | words(R)];
words(R) -> [R].

same(<<X, X>>) -> same;
same(<<X, X, X>>) -> three;
same(<<_, _>>) -> different.

skip(<<_:1, _:7, _:8, X, Rest/bits>>) -> {X, Rest}.

native(<<X:32/native>>) -> X.

big(<<X:4000, _/bits>>) -> X rem 1000000007.
