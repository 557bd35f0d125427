%% Appending to binaries, sub-binaries, and what they share: results must not depend on how a binary came to be.
-module(bits_append).
-export([main/1]).

main(_) ->
    B0 = append(<<>>, 1000),
    io:format("~w ~w~n", [byte_size(B0), erlang:md5(B0)]),
    B1 = <<B0/binary, "one">>, B2 = <<B0/binary, "two">>, B3 = <<B1/binary, "three">>,
    io:format("~w~n", [{binary:part(B1, byte_size(B1), -3), binary:part(B2, byte_size(B2), -3), binary:part(B3, byte_size(B3), -8)}]),
    Bits = lists:foldl(fun(I, A) -> <<A/bits, I:3>> end, <<>>, lists:seq(1, 1001)),
    io:format("~w ~w~n", [bit_size(Bits), erlang:phash2(Bits)]),
    Mixed = lists:foldl(fun(I, A) -> <<A/bits, I:(I rem 13), (I * 3):8/little>> end, <<>>, lists:seq(1, 300)),
    io:format("~w ~w~n", [bit_size(Mixed), erlang:phash2(Mixed)]),
    <<_:100/binary, Mid:200/binary, _/binary>> = B0,
    Copy = binary:copy(Mid),
    io:format("~w ~w ~w~n", [Mid =:= Copy, binary:referenced_byte_size(Copy), erlang:phash2(Mid) =:= erlang:phash2(Copy)]),
    Grown = <<Mid/binary, 7>>,
    io:format("~w ~w~n", [byte_size(Grown), binary:last(Grown)]),
    Self = self(),
    Pids = [spawn_link(fun() -> Self ! {I, append(B1, I)} end) || I <- lists:seq(1, 20)],
    io:format("~w~n", [[receive {I, X} -> {I, byte_size(X), erlang:crc32(X)} end || I <- lists:seq(1, length(Pids))]]),
    io:format("~w~n", [erlang:crc32(B1)]),
    L = [<<I:32>> || I <- lists:seq(1, 20000)],
    io:format("~w~n", [erlang:md5(iolist_to_binary(L))]),
    Acc = lists:foldl(fun(X, A) -> <<A/binary, X/binary>> end, <<>>, L),
    io:format("~w~n", [Acc =:= iolist_to_binary(L)]),
    erlang:garbage_collect(),
    io:format("~w~n", [erlang:md5(<<Acc/binary, Acc/binary>>)]),
    Rev = lists:foldl(fun(X, A) -> <<X/binary, A/binary>> end, <<>>, lists:sublist(L, 2000)),
    io:format("~w~n", [erlang:md5(Rev)]),
    {A1, A2} = erlang:split_binary(Acc, 12345),
    io:format("~w~n", [{byte_size(A1), byte_size(A2), <<A1/binary, A2/binary>> =:= Acc}]).

append(B, 0) -> B;
append(B, N) -> append(<<B/binary, N:16, (N * 7):8>>, N - 1).
