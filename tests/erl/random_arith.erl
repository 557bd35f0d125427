%% Random integer and float arithmetic against identities, and digests that must be equal on every VM.
-module(random_arith).
-export([main/1]).

main(_) ->
    [block(I, t_random:seed(I + 100)) || I <- lists:seq(1, 40)],
    [floats(I, t_random:seed(I + 500)) || I <- lists:seq(1, 20)],
    text(t_random:seed(900)).

block(I, S) ->
    R = t_random:fold(200, fun(_, Acc, S0) ->
        {A, S1} = t_random:integer(S0), {B, S2} = t_random:integer(S1), {N, S3} = t_random:int(200, S2),
        true = (A + B) - B =:= A, true = A - B =:= -(B - A), true = (A * B) =:= (B * A), true = (A bxor B) bxor B =:= A,
        true = (A band B) + (A bor B) =:= A + B, true = bnot A =:= -A - 1, true = (A bsl N) bsr N =:= A, true = (A bsr N) =:= floor_div(A, 1 bsl N),
        D = case B of 0 -> none; _ -> true = (A div B) * B + A rem B =:= A, true = abs(A rem B) < abs(B), {A div B, A rem B} end,
        true = (A < B) =:= (A - B < 0), true = A =:= binary_to_integer(integer_to_binary(A, 36), 36),
        {[erlang:phash2([A + B, A - B, A * B, D, A band B, A bor B, A bxor B, A bsl N, A bsr N, A < B, A =:= B, max(A, B), abs(A)]) | Acc], S3}
    end, [], S),
    io:format("~w ~w~n", [I, erlang:phash2(R)]).

floor_div(A, B) when A >= 0 -> A div B;
floor_div(A, B) -> -((-A + B - 1) div B).

floats(I, S) ->
    R = t_random:fold(300, fun(_, Acc, S0) ->
        {A, S1} = t_random:real(S0), {B, S2} = t_random:real(S1), {N, S3} = t_random:integer(S2),
        true = list_to_float(float_to_list(A, [short])) =:= A, true = binary_to_float(float_to_binary(A, [{scientific, 17}])) =:= A, <<F/float>> = <<A/float>>, true = F =:= A,
        Ops = [t:try_it(fun() -> A + B end), t:try_it(fun() -> A - B end), t:try_it(fun() -> A * B end), t:try_it(fun() -> A / B end), t:try_it(fun() -> A + N end), t:try_it(fun() -> N * A end), t:try_it(fun() -> N / B end), t:try_it(fun() -> float(N) end),
               t:try_it(fun() -> trunc(A) end), t:try_it(fun() -> round(A) end), t:try_it(fun() -> floor(A) end), t:try_it(fun() -> ceil(A) end)],
        {[erlang:phash2({Ops, A < B, A == B, N < A, N == A, A =< N, float_to_list(A), float_to_list(A, [short]), t:try_it(fun() -> float_to_list(A, [{decimals, 6}]) end), io_lib:format("~p ~w ~.4g", [A, B, A])}) | Acc], S3}
    end, [], S),
    io:format("floats ~w ~w~n", [I, erlang:phash2(R)]).

text(S) ->
    R = t_random:fold(2000, fun(_, Acc, S0) ->
        {N, S1} = t_random:integer(S0), {B, S2} = t_random:int(35, S1),
        L = integer_to_list(N, B + 1), true = list_to_integer(L, B + 1) =:= N, true = binary_to_integer(list_to_binary(L), B + 1) =:= N,
        {erlang:phash2({Acc, L}), S2}
    end, 0, S),
    io:format("text ~w~n", [R]).
