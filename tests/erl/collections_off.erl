%% A process that has collections turned off runs on while requests to collect it wait, more of them than are handled at a time.
-module(collections_off).
-export([main/1]).

main(_) ->
    logger:set_primary_config(level, none),
    erts_debug:set_internal_state(available_internal_state, true),
    Master = self(),
    Pid = spawn_link(fun() ->
        true = erts_debug:set_internal_state(gc_state, false),
        Master ! off,
        receive after 300 -> io:format("ran~n") end,
        false = erts_debug:set_internal_state(gc_state, true),
        receive stop -> ok end
    end),
    receive off -> ok end,
    Ask = fun(N) -> spawn_opt(fun() -> erlang:garbage_collect(Pid) end, [monitor, {priority, element(1 + N rem 4, {max, high, normal, low})}]) end,
    Asked = [Ask(N) || N <- lists:seq(1, 2000)],
    [receive {'DOWN', Monitor, process, _, normal} -> ok end || {_, Monitor} <- Asked],
    io:format("collected~n"),
    Pid ! stop.
