%% area: gen_server repeat: 3
-module(gs_calls).
-behaviour(gen_server).
-export([main/0, init/1, handle_call/3, handle_cast/2]).
main() ->
    {ok, P} = gen_server:start_link(?MODULE, 0, []),
    A = calls(P, 180000, 0),
    [gen_server:cast(P, {add, I}) || I <- lists:seq(1, 150000)],
    {A, gen_server:call(P, get, infinity)}.
calls(_, 0, A) -> A;
calls(P, N, A) -> calls(P, N - 1, A + gen_server:call(P, {inc, 1})).
init(N) -> {ok, N}.
handle_call({inc, K}, _, N) -> {reply, N + K, N + K};
handle_call(get, _, N) -> {reply, N, N}.
handle_cast({add, K}, N) -> {noreply, N + K}.
