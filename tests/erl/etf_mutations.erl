%% Damaged external terms: binary_to_term accepts or refuses each as erl does, and what it accepts is the same term.
%% No damage writes the bytes 73 and 75: there erl's decoder takes places of its own atom table, which are not part of the external term
%% format (erts, External Term Format) and answer whatever atom has that place. Joist refuses them.
%% timeout: 60
-module(etf_mutations).
-export([main/1]).

main(_) ->
    Seeds = [term_to_binary(T) || T <- [{a, [1, 2, 3], "text", <<"bin">>}, #{a => 1, b => [x], {c} => 2.5}, [1 bsl 100, -5, 300, -(1 bsl 70), 1.5], lists:seq(1, 40), {<<1:3>>, fun lists:map/2, 'atom \x{3bb}'}, [[[[[]]]], {{{}}}, #{#{} => #{}}], maps:from_list([{I, I} || I <- lists:seq(1, 40)])]] ++
        [<<131, 88, 119, 5, "a@b.c", 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3>>, <<131, 90, 0, 3, 119, 5, "a@b.c", 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7>>, <<131, 99, "1.50000000000000000000e+00", 0, 0, 0, 0, 0>>, <<131, 107, 0, 3, 1, 2, 3>>],
    {_, Stats} = lists:foldl(fun(N, {S0, Acc}) ->
        {B, S1} = mutate(lists:nth(N rem length(Seeds) + 1, Seeds), S0),
        R = try binary_to_term(B) of T -> {ok, hash(T)} catch error:badarg -> badarg; C:E -> {C, E} end,
        {S1, [{N, R} | Acc]}
    end, {rand:seed_s(exsss, {7, 8, 9}), []}, lists:seq(1, 20000)),
    report(lists:reverse(Stats), 1),
    All = [{I, N, try binary_to_term(binary:part(B, 0, N)) of T -> hash(T) catch error:badarg -> badarg end} || {I, B} <- lists:zip(lists:seq(1, length(Seeds)), Seeds), N <- lists:seq(0, byte_size(B))],
    [io:format("~w ~w~n", [I, [R || {J, _, R} <- All, J =:= I, R =/= badarg]]) || I <- lists:seq(1, length(Seeds))],
    Tags = [{T, [try binary_to_term(<<131, T, Rest/binary>>) of X -> hash(X) catch error:badarg -> badarg end || Rest <- [<<>>, <<0>>, <<0, 0, 0, 0>>, <<0, 0, 0, 1, 97, 1, 106>>, <<255, 255, 255, 255, 1>>, <<0, 2, 97, 1>>, <<1, 97, 5, 106, 0, 0>>]]} || T <- lists:seq(0, 255), T =/= 80, T =/= 73, T =/= 75],
    [io:format("~w~n", [X]) || {_, L} = X <- Tags, lists:any(fun(Y) -> Y =/= badarg end, L)],
    Huge = [<<131, 108, 255, 255, 255, 255>>, <<131, 105, 255, 255, 255, 255>>, <<131, 116, 255, 255, 255, 255>>, <<131, 109, 255, 255, 255, 255>>, <<131, 111, 255, 255, 255, 255, 0>>, <<131, 77, 255, 255, 255, 255, 8>>, <<131, 80, 255, 255, 255, 255, 120, 156>>, <<131, 80, 0, 0, 0, 10, 120, 156, 99, 76, 100, 4, 0, 1, 45, 0, 200>>, <<131, 80, 0, 0, 0, 1, 120, 156, 99, 76, 100, 4, 0, 1, 45, 0, 200>>, <<131, 90, 255, 255, 119, 1, "a">>, <<131, 105, 1, 0, 0, 0>>],
    t:show([t:try_it(fun() -> binary_to_term(B) end) || B <- Huge]).

%% Terms that name processes, ports, references or funs are hashed by kind: their text differs between runs.
hash(T) -> erlang:phash2(T).

report([], _) -> ok;
report(L, N) ->
    {A, B} = lists:split(min(200, length(L)), L),
    io:format("~w: ~w accepted, hash ~w~n", [N, length([x || {_, {ok, _}} <- A]), erlang:phash2([R || {_, R} <- A])]),
    report(B, N + 200).

mutate(B, S0) ->
    {K, S1} = rand:uniform_s(4, S0),
    {At0, S2} = rand:uniform_s(byte_size(B) - 1, S1),
    {V, S3} = rand:uniform_s(256, S2),
    At = At0,
    <<A:At/binary, X, R/binary>> = B,
    {case K of
        1 -> <<A/binary, (byte(X bxor (1 bsl (V rem 8)), X)), R/binary>>;
        2 -> <<A/binary, (byte(V - 1, X)), R/binary>>;
        3 -> <<A/binary, R/binary>>;
        4 -> <<A/binary, (byte(V - 1, X)), X, R/binary>>
     end, S3}.

byte(Internal, Old) when Internal =:= 73; Internal =:= 75 -> Old;
byte(New, _) -> New.
