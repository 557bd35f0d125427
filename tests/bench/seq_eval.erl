%% area: compiler repeat: 4
-module(seq_eval).
-export([main/0]).
main() ->
    {ok, Ts, _} = erl_scan:string("F = fun G(0, A) -> A; G(N, A) -> G(N - 1, A + N rem 7) end, F(150000, 0)."),
    {ok, Es} = erl_parse:parse_exprs(Ts), {value, V, _} = erl_eval:exprs(Es, []), V.
