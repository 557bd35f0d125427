%% area: gen_server repeat: 5
-module(gs_statem).
-behaviour(gen_statem).
-export([main/0, init/1, callback_mode/0, off/3, on/3]).
main() ->
    {ok, P} = gen_statem:start_link(?MODULE, [], []),
    R = calls(P, 90000, 0),
    {R, gen_statem:call(P, count)}.
calls(_, 0, A) -> A;
calls(P, N, A) -> calls(P, N - 1, A + case gen_statem:call(P, push) of on -> 1; off -> 2 end).
init([]) -> {ok, off, 0}.
callback_mode() -> state_functions.
off({call, From}, push, C) -> {next_state, on, C + 1, [{reply, From, on}]};
off({call, From}, count, C) -> {keep_state, C, [{reply, From, C}]}.
on({call, From}, push, C) -> {next_state, off, C, [{reply, From, off}, {state_timeout, 10000, never}]};
on({call, From}, count, C) -> {keep_state, C, [{reply, From, C}]}.
