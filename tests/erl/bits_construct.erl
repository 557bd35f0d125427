%% Binary construction: all types, sizes, units, signs and byte orders; aligned and not; big integers; errors.
-module(bits_construct).
-export([main/1]).

main(_) ->
    Ns = [0, 1, -1, 5, 127, 128, 255, 256, -128, -129, 65535, 16#12345678, -16#12345678, 1 bsl 59, 1 bsl 63, 1 bsl 64, -(1 bsl 64), 16#123456789ABCDEF0123456789ABCDEF],
    [io:format("~w/~w: ~w ~w ~w~n", [N, S, <<N:S>>, <<N:S/little>>, <<N:S/native-signed>> =:= <<N:S/little>>]) ||
        N <- Ns, S <- [0, 1, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 56, 63, 64, 65, 100, 127, 128, 130]],
    [io:format("~w ~w~n", [U, unit(U, 5)]) || U <- [1, 2, 8, 16]],
    [io:format("~w~n", [unaligned(K, N)]) || K <- [0, 1, 4, 7], N <- Ns],
    [io:format("~w~n", [floats(F)]) || F <- [0.0, -0.0, 1.0, -2.5, 1.0e30, 65504.0, 0.1, 1, -7, 1 bsl 60, 5.0e-324, 1.0e-40]],
    [io:format("~w ~w ~w~n", [utf(C), C, unaligned_utf(C)]) || C <- [0, $a, 127, 128, 16#7FF, 16#800, 16#D7FF, 16#E000, 16#FFFF, 16#10000, 16#10FFFF]],
    B = <<1, 2, 3, 4, 5>>, Bits = <<5:3, 1, 2:2>>,
    io:format("~w~n", [[<<B/binary, 9>>, <<B:3/binary>>, <<0:1, B/binary>>, <<Bits/bits, Bits/bits>>, <<Bits:7/bits>>, <<B:2/binary-unit:12>>, <<B/bits, Bits/bits, B/bits>>]]),
    io:format("~w~n", [[<<"abc">>, <<"aé"/utf8>>, <<"aé"/utf16>>, <<"aé"/utf16-little>>, <<"aé"/utf32>>, <<"ab":16>>, <<"ab":16/little>>, <<"hé">>]]),
    io:format("~w~n", [[<<X, Y:4, Z:12/little>> || {X, Y, Z} <- [{1, 2, 3}, {255, 15, 4095}, {256, 16, 4096}, {-1, -1, -1}]]]),
    Bad = [fun() -> <<(id(a))>> end, fun() -> <<(id(1.5))>> end, fun() -> <<(id(a))/binary>> end, fun() -> <<1:(id(-1))>> end, fun() -> <<1:(id(a))>> end,
           fun() -> <<(id(1)):8/float>> end, fun() -> <<(id(a))/float>> end, fun() -> <<(id(B)):6/binary>> end, fun() -> <<(id(16#D800))/utf8>> end,
           fun() -> <<(id(16#110000))/utf8>> end, fun() -> <<(id(-1))/utf16>> end, fun() -> <<(id(a))/utf32>> end, fun() -> <<(id(Bits))/binary>> end,
           fun() -> <<(id(1.0e308)):32/float>> end, fun() -> <<(id(70000.0)):16/float>> end, fun() -> <<0:(id(1 bsl 70))>> end, fun() -> <<(id(1 bsl 1100))/float>> end],
    [io:format("~w~n", [t:try_it(F)]) || F <- Bad],
    io:format("~w~n", [byte_size(<<0:(id(1000000))/unit:8>>)]),
    io:format("~w~n", [[<<N:S/signed>> =:= <<N:S/unsigned>> || N <- Ns, S <- [8, 13, 64]]]).

id(X) -> X.

unit(1, N) -> <<N:13/unit:1>>;
unit(2, N) -> <<N:13/unit:2>>;
unit(8, N) -> <<N:3/unit:8>>;
unit(16, N) -> <<N:3/little-unit:16>>.

unaligned(K, N) -> {<<0:K, N:8>>, <<-1:K, N:20/little>>, <<0:K, N:64, 1:1>>, <<-1:K, N:77/little>>, <<0:K, 1.5/float, N:3>>}.

floats(F) ->
    {<<F/float>>, <<F:64/little-float>>, if abs(F) < 1.0e38 -> {<<F:32/float>>, <<F:32/float-little>>}; true -> none end,
     if abs(F) < 65505 -> {<<F:16/float>>, <<F:16/float-little>>}; true -> none end, <<1:1, F/float>>}.

utf(C) -> {<<C/utf8>>, <<C/utf16>>, <<C/utf16-little>>, <<C/utf32>>, <<C/utf32-little>>}.
unaligned_utf(C) -> {<<0:3, C/utf8>>, <<0:3, C/utf16>>, <<0:3, C/utf32>>}.
