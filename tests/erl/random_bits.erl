%% Random bit strings: built, matched at every offset, compared, converted, against a model that is a list of bits.
-module(random_bits).
-export([main/1]).

main(_) ->
    [io:format("~w ~w~n", [I, t_random:fold(150, fun one/3, 0, t_random:seed(I + 2000))]) || I <- lists:seq(1, 30)].

one(_, Acc, S0) ->
    {N, S1} = t_random:int(300, S0),
    {V, S2} = t_random:int(1 bsl 300, S1),
    {At, S3} = t_random:int(N, S2), {Len, S4} = t_random:int(80, S3), {K, S5} = t_random:integer(S4), {Sz, S6} = t_random:int(130, S5),
    B = <<V:N>>,
    Model = [Bit || <<Bit:1>> <= B],
    N = length(Model), N = bit_size(B),
    B = << <<Bit:1>> || Bit <- Model >>,
    Off = At - 1, Take = min(Len, N - Off),
    <<Head:Off/bits, Mid:Take/bits, Tail/bits>> = B,
    Mid = bits_of(lists:sublist(lists:nthtail(Off, Model), Take)),
    B = <<Head/bits, Mid/bits, Tail/bits>>,
    <<_:Off, U:Take/unsigned, _/bits>> = B, <<_:Off, G:Take/signed, _/bits>> = B, <<_:Off, L:Take/little, _/bits>> = B, <<_:Off, H:Take/little-signed, _/bits>> = B,
    U = value(lists:sublist(lists:nthtail(Off, Model), Take), 0),
    true = <<U:Take>> =:= Mid, true = <<G:Take>> =:= Mid, true = <<L:Take/little>> =:= Mid, true = <<H:Take/little>> =:= Mid,
    C1 = <<Head/bits, K:Sz, Tail/bits>>, C2 = <<Head/bits, K:Sz/little, Tail/bits>>, <<_:Off, K1:Sz, _/bits>> = C1, <<_:Off, K2:Sz/little, _/bits>> = C2, K1 = K2, true = K1 =:= K band ((1 bsl Sz) - 1),
    Bytes = N div 8, <<BB:Bytes/binary, Rest/bits>> = B, true = list_to_binary(binary_to_list(BB)) =:= BB, true = bitstring_to_list(B) =:= binary_to_list(BB) ++ [Rest || Rest =/= <<>>],
    {erlang:phash2({Acc, B, Mid, U, G, L, H, C1, C2, Head < Tail, Mid > Head, B =:= C1, erlang:phash2(Tail), term_to_binary(Mid), io_lib:format("~w", [Tail])}), S6}.

bits_of(L) -> << <<Bit:1>> || Bit <- L >>.
value([], A) -> A;
value([B | T], A) -> value(T, A * 2 + B).
