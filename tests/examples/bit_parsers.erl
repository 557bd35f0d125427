%% Parsers in bit syntax: IPv4/UDP/DNS packets, a PNG header, a BMP image, UTF-8 by hand, base64, Huffman, MP3 frame header.
-module(bit_parsers).
-export([main/1]).

main(_Args) ->
    Packet = ip(udp(53, 4096, dns(16#ABCD, "www.example.org"))),
    io:format("~p bytes, checksum ok: ~p~n", [byte_size(Packet), checksum(binary:part(Packet, 0, 20)) =:= 0]),
    io:format("~p~n", [parse_ip(Packet)]),
    io:format("~p~n", [catch parse_ip(binary:part(Packet, 0, 30))]),
    io:format("~p~n", [png(<<137, "PNG\r\n", 26, 10, 13:32, "IHDR", 640:32, 480:32, 8, 6, 0, 0, 1, 0:32, 0:32, "IEND", 16#AE426082:32>>)]),
    io:format("~p~n", [bmp(make_bmp(3, 2))]),
    io:format("~w~n", [utf8(<<"gr\x{fc}n \x{20ac} \x{1F600}"/utf8, 255, "x">>)]),
    Text = <<"Many hands make light work.">>,
    io:format("~s ~p~n", [enc64(Text), dec64(enc64(Text)) =:= Text]),
    {Codes, Bits} = huffman(<<"abracadabra alakazam">>),
    io:format("~p bits: ~p~n~p~n", [bit_size(Bits), Bits, unhuffman(Bits, Codes)]),
    io:format("~p~n", [[frame(B) || B <- [<<16#FF, 16#FB, 16#90, 16#64>>, <<16#FF, 16#F3, 16#40, 0>>, <<0, 1, 2, 3>>]]]),
    io:format("~w~n", [[varint(N) || N <- [0, 1, 127, 128, 300, 1 bsl 35]]]),
    io:format("~w~n", [[element(1, unvarint(varint(N))) || N <- [0, 1, 127, 128, 300, 1 bsl 35, 1 bsl 70]]]),
    io:format("~w~n", [[ieee(F) || F <- [0.0, 1.0, -2.5, 0.1, 1.0e300]]]).

ip(Payload) ->
    Head = fun(Sum) -> <<4:4, 5:4, 0, (byte_size(Payload) + 20):16, 1:16, 2:3, 0:13, 64, 17, Sum:16, 10, 0, 0, 1, 192, 168, 1, 254>> end,
    <<(Head(checksum(Head(0))))/binary, Payload/binary>>.
udp(From, To, Data) -> <<From:16, To:16, (byte_size(Data) + 8):16, 0:16, Data/binary>>.
dns(Id, Name) ->
    Labels = << <<(length(L)), (list_to_binary(L))/binary>> || L <- string:lexemes(Name, ".") >>,
    <<Id:16, 0:1, 0:4, 0:1, 0:1, 1:1, 0:1, 0:3, 0:4, 1:16, 0:16, 0:16, 0:16, Labels/binary, 0, 1:16, 1:16>>.

checksum(B) -> checksum(B, 0).
checksum(<<W:16, R/binary>>, S) -> checksum(R, S + W);
checksum(<<>>, S) when S > 16#FFFF -> checksum(<<>>, (S band 16#FFFF) + (S bsr 16));
checksum(<<>>, S) -> 16#FFFF - S.

parse_ip(<<4:4, IHL:4, _Tos, Length:16, Id:16, _:1, DF:1, MF:1, Off:13, TTL, Proto, _Sum:16, Src:4/binary, Dst:4/binary, R0/binary>> = All)
  when byte_size(All) >= Length ->
    OptLen = (IHL - 5) * 4, PayloadLen = Length - IHL * 4,
    <<_Options:OptLen/binary, Payload:PayloadLen/binary, _/binary>> = R0,
    #{id => Id, df => DF, mf => MF, offset => Off, ttl => TTL, from => addr(Src), to => addr(Dst), payload => proto(Proto, Payload)};
parse_ip(_) -> throw(truncated).

addr(<<A, B, C, D>>) -> {A, B, C, D}.
proto(17, <<From:16, To:16, Len:16, _:16, Data:(Len - 8)/binary>>) -> {udp, From, To, parse_dns(Data)};
proto(N, _) -> {protocol, N}.
parse_dns(<<Id:16, QR:1, Op:4, _:2, RD:1, _:8, N:16, _:48, R/binary>>) -> {dns, Id, QR, Op, RD, questions(N, R)}.
questions(0, <<>>) -> [];
questions(N, R) -> {Labels, <<Type:16, Class:16, R1/binary>>} = labels(R, []), [{lists:join($., Labels), Type, Class} | questions(N - 1, R1)].
labels(<<0, R/binary>>, A) -> {lists:reverse(A), R};
labels(<<L, Label:L/binary, R/binary>>, A) -> labels(R, [Label | A]).

png(<<137, "PNG", 13, 10, 26, 10, Chunks/binary>>) -> chunks(Chunks).
chunks(<<13:32, "IHDR", W:32, H:32, Depth, Color, _:3/binary, _Crc:32, R/binary>>) -> chunks_rest({W, H, Depth, Color}, R);
chunks(_) -> no_header.
chunks_rest(Head, <<0:32, "IEND", Crc:32>>) -> {Head, iend, Crc};
chunks_rest(Head, _) -> {Head, more}.

make_bmp(W, H) ->
    Row = fun(Y) -> << <<(X * 10), (Y * 20), (X + Y)>> || X <- lists:seq(1, W) >> end,
    Pad = (4 - W * 3 rem 4) rem 4,
    Data = << <<(Row(Y))/binary, 0:(Pad * 8)>> || Y <- lists:seq(1, H) >>,
    <<"BM", (54 + byte_size(Data)):32/little, 0:32, 54:32/little, 40:32/little, W:32/little-signed, (-H):32/little-signed, 1:16/little, 24:16/little, 0:192, Data/binary>>.
bmp(<<"BM", Size:32/little, _:32, Off:32/little, 40:32/little, W:32/little-signed, H:32/little-signed, 1:16/little, Bpp:16/little, _/binary>> = All) when Size =:= byte_size(All) ->
    <<_:Off/binary, Data/binary>> = All,
    RowSize = (W * Bpp div 8 + 3) band bnot 3,
    {W, H, Bpp, [[{R, G, B} || <<B, G, R>> <= binary:part(Row, 0, W * 3)] || <<Row:RowSize/binary>> <= Data]}.

utf8(<<0:1, C:7, R/binary>>) -> [C | utf8(R)];
utf8(<<6:3, A:5, 2:2, B:6, R/binary>>) -> [A bsl 6 + B | utf8(R)];
utf8(<<14:4, A:4, 2:2, B:6, 2:2, C:6, R/binary>>) -> [A bsl 12 + B bsl 6 + C | utf8(R)];
utf8(<<30:5, A:3, 2:2, B:6, 2:2, C:6, 2:2, D:6, R/binary>>) -> [A bsl 18 + B bsl 12 + C bsl 6 + D | utf8(R)];
utf8(<<X, R/binary>>) -> [{bad, X} | utf8(R)];
utf8(<<>>) -> [].

enc64(B) -> enc64(B, <<>>).
enc64(<<A:6, B:6, C:6, D:6, R/binary>>, Acc) -> enc64(R, <<Acc/binary, (e(A)), (e(B)), (e(C)), (e(D))>>);
enc64(<<A:6, B:6, C:4>>, Acc) -> <<Acc/binary, (e(A)), (e(B)), (e(C bsl 2)), $=>>;
enc64(<<A:6, B:2>>, Acc) -> <<Acc/binary, (e(A)), (e(B bsl 4)), "==">>;
enc64(<<>>, Acc) -> Acc.
e(N) -> binary:at(<<"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/">>, N).
dec64(B) ->
    Bits = << <<(d(C)):6>> || <<C>> <= B, C =/= $= >>,
    Size = bit_size(Bits) div 8,
    <<Out:Size/binary, _/bits>> = Bits,
    Out.
d(C) when C >= $A, C =< $Z -> C - $A;
d(C) when C >= $a, C =< $z -> C - $a + 26;
d(C) when C >= $0, C =< $9 -> C - $0 + 52;
d($+) -> 62;
d($/) -> 63.

huffman(B) ->
    Counts = maps:to_list(lists:foldl(fun(C, M) -> M#{C => maps:get(C, M, 0) + 1} end, #{}, binary_to_list(B))),
    Codes = maps:from_list(codes(tree(lists:sort([{N, C} || {C, N} <- Counts])), <<>>)),
    {Codes, << <<(maps:get(C, Codes))/bits>> || <<C>> <= B >>}.
tree([{_, T}]) -> T;
tree([{N1, A}, {N2, B} | R]) -> tree(lists:sort([{N1 + N2, {A, B}} | R])).
codes({A, B}, P) -> codes(A, <<P/bits, 0:1>>) ++ codes(B, <<P/bits, 1:1>>);
codes(C, P) -> [{C, P}].
unhuffman(Bits, Codes) -> unhuffman(Bits, 1, maps:from_list([{V, K} || {K, V} <- maps:to_list(Codes)]), <<>>).
unhuffman(<<>>, _, _, A) -> A;
unhuffman(Bits, N, M, A) ->
    <<P:N/bits, R/bits>> = Bits,
    case M of
        #{P := C} -> unhuffman(R, 1, M, <<A/binary, C>>);
        _ -> unhuffman(Bits, N + 1, M, A)
    end.

frame(<<2#11111111111:11, Version:2, Layer:2, _Crc:1, Rate:4, Freq:2, Pad:1, _:1, Mode:2, _/bits>>) -> {mp3, Version, Layer, Rate, Freq, Pad, Mode};
frame(_) -> none.

varint(N) when N < 128 -> <<N>>;
varint(N) -> <<1:1, N:7, (varint(N bsr 7))/binary>>.
unvarint(<<0:1, N:7, R/binary>>) -> {N, R};
unvarint(<<1:1, N:7, R/binary>>) -> {H, R1} = unvarint(R), {H bsl 7 + N, R1}.

ieee(F) -> <<S:1, E:11, M:52>> = <<F/float>>, {S, E - 1023, M}.
