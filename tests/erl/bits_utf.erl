%% utf8, utf16 and utf32 segments: matching, skipping, invalid input.
-module(bits_utf).
-export([main/1]).

main(_) ->
    S = [$a, 233, 955, 8364, 16#1F600, 16#10FFFF, 0, 127, 128, 2047, 2048, 65535, 65536],
    [io:format("~w~n", [{T, decode(T, encode(T, S)) =:= S, byte_size(encode(T, S))}]) || T <- [u8, u16, u16l, u32, u32l]],
    [io:format("~w ~w~n", [B, all(B)]) || B <- [<<>>, <<16#C0, 16#80>>, <<16#C2>>, <<16#E0, 16#80, 16#80>>, <<16#ED, 16#A0, 16#80>>, <<16#F4, 16#90, 16#80, 16#80>>,
        <<16#F0, 16#8F, 16#BF, 16#BF>>, <<16#FF>>, <<16#80>>, <<16#E2, 16#82, 16#AC>>, <<16#D8, 0>>, <<16#D8, 0, 16#DC, 0>>, <<16#DC, 0, 0, 1>>,
        <<0, 16#11, 0, 0>>, <<0, 0, 16#D8, 0>>, <<0, 0, 16#20, 16#AC>>, <<16#F0, 16#9F, 16#98, 16#80>>, <<16#F8, 1, 1, 1, 1>>]],
    io:format("~w~n", [count(<<"h\x{e9}llo \x{3bb}\x{1F600}"/utf8>>, 0)]),
    io:format("~w~n", [at(<<5:3, "\x{e9}\x{20ac}"/utf8>>)]),
    io:format("~w~n", [[t:try_it(fun() -> <<C/utf8>> end) || C <- [16#D7FF, 16#D800, 16#DFFF, 16#FFFE, 16#FFFF, 16#110000, -1]]]),
    io:format("~w~n", [<< <<C/utf16-little>> || <<C/utf8>> <= <<"\x{e9}\x{1F600}z"/utf8>> >>]),
    io:format("~w~n", [[C || <<C/utf8>> <= <<"ab", 255, "c">>]]),
    io:format("~w~n", [lit(<<"\x{e9}!"/utf8>>)]).

encode(u8, S) -> << <<C/utf8>> || C <- S >>;
encode(u16, S) -> << <<C/utf16>> || C <- S >>;
encode(u16l, S) -> << <<C/utf16-little>> || C <- S >>;
encode(u32, S) -> << <<C/utf32>> || C <- S >>;
encode(u32l, S) -> << <<C/utf32-little>> || C <- S >>.

decode(T, B) when byte_size(B) > 0 ->
    {C, R} = one(T, B),
    [C | decode(T, R)];
decode(_, <<>>) -> [].

one(u8, <<C/utf8, R/binary>>) -> {C, R};
one(u16, <<C/utf16, R/binary>>) -> {C, R};
one(u16l, <<C/utf16-little, R/binary>>) -> {C, R};
one(u32, <<C/utf32, R/binary>>) -> {C, R};
one(u32l, <<C/utf32-little, R/binary>>) -> {C, R};
one(_, _) -> bad.

all(B) -> [one(T, B) || T <- [u8, u16, u16l, u32, u32l]].

count(<<_/utf8, R/binary>>, N) -> count(R, N + 1);
count(<<>>, N) -> N.

at(<<_:3, A/utf8, B/utf8>>) -> {A, B}.

lit(<<"\x{e9}"/utf8, R/binary>>) -> R;
lit(_) -> no.
