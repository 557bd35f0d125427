%% area: binaries repeat: 2
-module(bin_scan).
-export([main/0]).
main() ->
    J = iolist_to_binary(["[", lists:join(",", [io_lib:format("{\"id\":~w,\"name\":\"item ~w\",\"tags\":[\"a\",\"b\"],\"on\":true}", [I, I]) || I <- lists:seq(1, 9000)]), "]"]),
    {V, <<>>} = value(J), {V, _} = value(J), {V, _} = value(J), {V, _} = value(J), {length(V), erlang:phash2(V)}.
value(<<C, R/binary>>) when C =:= $\s; C =:= $\n -> value(R);
value(<<"{", R/binary>>) -> object(R, []);
value(<<"[", R/binary>>) -> array(R, []);
value(<<"\"", R/binary>>) -> string(R, <<>>);
value(<<"true", R/binary>>) -> {true, R};
value(<<C, R/binary>>) when C >= $0, C =< $9 -> number(R, C - $0).
number(<<C, R/binary>>, N) when C >= $0, C =< $9 -> number(R, N * 10 + C - $0);
number(R, N) -> {N, R}.
string(<<"\"", R/binary>>, A) -> {A, R};
string(<<C, R/binary>>, A) -> string(R, <<A/binary, C>>).
array(<<"]", R/binary>>, A) -> {lists:reverse(A), R};
array(<<",", R/binary>>, A) -> array(R, A);
array(R, A) -> {V, R1} = value(R), array(R1, [V | A]).
object(<<"}", R/binary>>, A) -> {maps:from_list(A), R};
object(<<",", R/binary>>, A) -> object(R, A);
object(<<"\"", R/binary>>, A) -> {K, <<":", R1/binary>>} = string(R, <<>>), {V, R2} = value(R1), object(R2, [{K, V} | A]).
