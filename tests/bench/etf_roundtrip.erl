%% area: binaries repeat: 4
-module(etf_roundtrip).
-export([main/0]).
main() ->
    T = [{I, atom, "string", <<I:64>>, #{a => I, b => [1.5, {I}]}, I bsl 65} || I <- lists:seq(1, 12000)],
    B = term_to_binary(T),
    [{byte_size(term_to_binary(T)), erlang:phash2(binary_to_term(B))} || _ <- lists:seq(1, 12)].
