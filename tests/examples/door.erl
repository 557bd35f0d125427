%% A door with a code lock as a gen_statem: states with enter calls, state timeouts, event timeouts, postponed events,
%% actions, and calls that are answered later.
-module(door).
-behaviour(gen_statem).
-export([main/1, init/1, callback_mode/0, handle_event/4, terminate/3]).

main(_Args) ->
    logger:set_primary_config(level, none),
    {ok, Door} = gen_statem:start(?MODULE, {"1234", self()}, []),
    log(Door),
    press(Door, "12"),
    io:format("state ~p~n", [gen_statem:call(Door, state)]),
    press(Door, "99"),
    io:format("state ~p~n", [gen_statem:call(Door, state)]),
    press(Door, "1234"),
    io:format("state ~p~n", [gen_statem:call(Door, state)]),
    log(Door),
    io:format("waits for locked: ~p~n", [gen_statem:call(Door, when_locked)]),
    log(Door),
    press(Door, "1"),
    timer:sleep(60),
    io:format("pressed keys are forgotten: ~p~n", [gen_statem:call(Door, keys)]),
    io:format("unknown: ~p~n", [element(1, element(2, catch gen_statem:call(Door, slow, 20)))]),
    Ids = gen_statem:send_request(Door, state),
    io:format("request: ~p~n", [gen_statem:receive_response(Ids, 1000)]),
    gen_statem:stop(Door),
    log(),
    {ok, Crashing} = gen_statem:start(?MODULE, {"1", self()}, []),
    {'EXIT', {{Reason, Stack}, {gen_statem, call, _}}} = (catch gen_statem:call(Crashing, crash)),
    io:format("crash: ~p in ~p~n", [Reason, element(2, hd(Stack))]),
    log(),
    io:format("~p~n", [element(1, element(2, catch gen_statem:call(Crashing, state)))]).

press(Door, Keys) -> [gen_statem:cast(Door, {key, K}) || K <- Keys].

%% What the door, which answers this call after all that came before, has logged.
log(Door) ->
    sys:get_state(Door),
    log().

log() ->
    receive {log, Text} -> io:format("  log: ~ts~n", [Text]), log()
    after 0 -> ok
    end.

callback_mode() -> [handle_event_function, state_enter].

init({Code, Log}) -> {ok, locked, #{code => Code, log => Log, keys => ""}}.

say(#{log := Log}, Format, Args) -> Log ! {log, io_lib:format(Format, Args)}.

handle_event(enter, Old, locked, Data) ->
    say(Data, "locked (from ~p)", [Old]),
    {keep_state, Data#{keys := ""}};
handle_event(enter, Old, open, Data) ->
    say(Data, "open (from ~p)", [Old]),
    {keep_state, Data#{keys := ""}, [{state_timeout, 100, lock}]};
handle_event(state_timeout, lock, open, Data) ->
    {next_state, locked, Data};
handle_event(cast, {key, K}, locked, #{keys := Keys, code := Code} = Data) ->
    case Keys ++ [K] of
        Code -> {next_state, open, Data};
        Tried when length(Tried) =:= length(Code) ->
            say(Data, "wrong code ~s", [Tried]),
            {keep_state, Data#{keys := ""}};
        Tried -> {keep_state, Data#{keys := Tried}, [{{timeout, forget}, 50, forget}]}
    end;
handle_event(cast, {key, _}, open, _) ->
    keep_state_and_data;
handle_event({timeout, forget}, forget, _, Data) ->
    {keep_state, Data#{keys := ""}};
handle_event({call, From}, when_locked, locked, _) ->
    {keep_state_and_data, [{reply, From, it_is}]};
handle_event({call, _}, when_locked, open, _) ->
    {keep_state_and_data, [postpone]};
handle_event({call, From}, state, State, _) ->
    {keep_state_and_data, {reply, From, State}};
handle_event({call, From}, keys, _, #{keys := Keys}) ->
    {keep_state_and_data, [{next_event, internal, {answer, From, Keys}}]};
handle_event(internal, {answer, From, Keys}, _, _) ->
    gen_statem:reply(From, {keys, Keys}),
    keep_state_and_data;
handle_event({call, _}, slow, _, _) ->
    keep_state_and_data;
handle_event({call, _}, crash, _, _) ->
    error(crashed_on_purpose).

terminate(Reason, State, Data) ->
    say(Data, "ends in ~p: ~p", [State, if is_tuple(Reason) -> element(1, Reason); true -> Reason end]).
