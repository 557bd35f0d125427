%% Third classic failure: an upgrade that breaks state. A server's state changes shape from one version to the next;
%% code_change turns the old one into the new one, fails, or is forgotten. The diagnosis: sys:get_state and get_status
%% before and after, sys:change_code's answer, the process's current code, and sys:replace_state as the way out.
-module(broken_upgrade).
-export([main/1]).

main(_Args) ->
    logger:set_primary_config(level, none),
    [good(), failing(), forgotten(), downgraded()],
    ok.

%% Version 1 counts in a tuple, version 2 in a map.
source(1) ->
    "init([]) -> {ok, {counter, 0}}.
     handle_call(add, _, {counter, N}) -> {reply, N + 1, {counter, N + 1}};
     handle_call(version, _, S) -> {reply, 1, S}.
     code_change({down, _}, #{count := N}, _) -> {ok, {counter, N}}.";
source(good) ->
    "init([]) -> {ok, #{count => 0, changed => 0}}.
     code_change(_, {counter, N}, Extra) -> {ok, #{count => N, changed => Extra}}." ++ calls();
source(failing) ->
    "init([]) -> {ok, #{count => 0, changed => 0}}.
     code_change(_, {count, N}, Extra) -> {ok, #{count => N, changed => Extra}};
     code_change(_, _, refuse) -> {error, not_today}." ++ calls();
source(forgotten) ->
    "init([]) -> {ok, #{count => 0, changed => 0}}.
     code_change(_, S, _) -> {ok, S}." ++ calls().

calls() ->
    " handle_call(add, _, #{count := N} = S) -> {reply, N + 1, S#{count := N + 1}};
     handle_call(version, _, S) -> {reply, 2, S}.".

load(Version) ->
    Head = "-module(upgraded_server). -export([init/1, handle_call/3, handle_cast/2, code_change/3]).
        handle_cast(_, S) -> {noreply, S}. ",
    {ok, Tokens, _} = erl_scan:string(Head ++ source(Version)),
    {ok, Module, Beam} = compile:forms(forms(Tokens, [])),
    code:purge(Module),
    {module, Module} = code:load_binary(Module, "upgraded_server.erl", Beam).

forms([], []) -> [];
forms([{dot, _} = Dot | Rest], Form) ->
    {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])),
    [Parsed | forms(Rest, [])];
forms([Token | Rest], Form) -> forms(Rest, [Token | Form]).

start() ->
    load(1),
    {ok, Pid} = gen_server:start(upgraded_server, [], []),
    [1, 2, 3] = [gen_server:call(Pid, add) || _ <- [1, 2, 3]],
    Pid.

upgrade(Pid, Version, From, Extra) ->
    ok = sys:suspend(Pid),
    io:format("  suspended: ~p, calls wait: ~p~n", [status(Pid), catch element(1, element(2, catch gen_server:call(Pid, version, 20)))]),
    load(Version),
    io:format("  old code is used: ~p~n", [erlang:check_process_code(Pid, upgraded_server)]),
    Answer = sys:change_code(Pid, upgraded_server, From, Extra),
    ok = sys:resume(Pid),
    Answer.

good() ->
    io:format("good:~n"),
    Pid = start(),
    io:format("  before: ~p~n", [sys:get_state(Pid)]),
    io:format("  change_code: ~p~n", [upgrade(Pid, good, "1", 7)]),
    look(Pid),
    stop(Pid).

failing() ->
    io:format("failing:~n"),
    Pid = start(),
    {error, {'EXIT', {Reason, [{M, F, A, _} | _]}}} = upgrade(Pid, failing, "1", 7),
    io:format("  change_code: ~p in ~p:~p~n", [Reason, M, {F, A}]),
    io:format("  the old state is kept: ~p~n", [sys:get_state(Pid)]),
    ok = sys:suspend(Pid),
    io:format("  refused: ~p~n", [sys:change_code(Pid, upgraded_server, "1", refuse)]),
    ok = sys:resume(Pid),
    {counter, Count} = sys:get_state(Pid),
    io:format("  mended by hand: ~p~n", [sys:replace_state(Pid, fun({counter, N}) -> #{count => N, changed => by_hand} end)]),
    look(Pid),
    io:format("  nothing lost: ~p~n", [Count]),
    stop(Pid).

forgotten() ->
    io:format("forgotten:~n"),
    Pid = start(),
    Monitor = monitor(process, Pid),
    io:format("  change_code: ~p~n", [upgrade(Pid, forgotten, "1", 7)]),
    io:format("  state: ~p~n", [sys:get_state(Pid)]),
    {'EXIT', {{Error, _}, _}} = (catch gen_server:call(Pid, add)),
    io:format("  the next call: ~p~n", [Error]),
    receive {'DOWN', Monitor, process, Pid, {Reason, [{M, F, _, _} | _]}} ->
        io:format("  the server died: ~p in ~p:~p~n", [Reason, M, F])
    end.

downgraded() ->
    io:format("downgraded:~n"),
    Pid = start(),
    ok = upgrade(Pid, good, "1", up),
    4 = gen_server:call(Pid, add),
    io:format("  change_code: ~p~n", [upgrade(Pid, 1, {down, "2"}, down)]),
    look(Pid),
    stop(Pid).

look(Pid) ->
    {status, Pid, {module, gen_server}, [_, Mode, _, _, _]} = sys:get_status(Pid),
    io:format("  ~p, state: ~p~n", [Mode, sys:get_state(Pid)]),
    io:format("  version ~p, counts on: ~p~n", [gen_server:call(Pid, version), gen_server:call(Pid, add)]),
    io:format("  old code is used: ~p~n", [erlang:check_process_code(Pid, upgraded_server)]).

status(Pid) ->
    {status, Pid, _, [_, Mode, _, _, _]} = sys:get_status(Pid),
    Mode.

stop(Pid) -> gen_server:stop(Pid).
