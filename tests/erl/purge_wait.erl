%% A call of a fun whose module is being purged waits for the end of the purge.
-module(purge_wait).
-export([main/1]).

main(_) ->
    [t:show({Type, run(Type)}) || Type <- [gone, reloaded, given_up]],
    ok.

%% given_up: a soft purge that finds a process in the old code.
run(Type) ->
    load(),
    Add = purge_wait_code:make(4711),
    Hold = purge_wait_code:hold(),
    Me = self(),
    {Holder, HolderRef} = spawn_monitor(fun() -> Hold(fun() -> Me ! holding, receive stop -> ok end end), exit(done) end),
    receive holding -> ok end,
    true = erlang:delete_module(purge_wait_code),
    Ref = make_ref(),
    erts_code_purger ! {test_purge, purge_wait_code, self(), Type =/= given_up, Ref},
    receive {started, Ref} -> ok end,
    Callers = [caller(Add, N) || N <- [1, 2, 3]],
    Dead = caller(Add, 4),
    States = [begin wait_suspended(P), {process_info(P, current_function), erlang:fun_info(Add, name)} end || {P, _} <- [Dead | Callers]],
    exit(element(1, Dead), kill),
    erts_code_purger ! {continue, Ref},
    receive {continued, Ref} -> ok end,
    Late = caller(Add, 5),
    wait_suspended(element(1, Late)),
    Type =:= reloaded andalso load(),
    erts_code_purger ! {complete, Ref},
    Answer = receive {test_purge, A, Ref} -> A end,
    Holder ! stop,
    Ends = [down(C) || C <- [{Holder, HolderRef}, Dead, Late | Callers]],
    catch erlang:purge_module(purge_wait_code),
    catch erlang:delete_module(purge_wait_code),
    catch erlang:purge_module(purge_wait_code),
    {States, Answer, Ends}.

caller(Add, N) -> spawn_monitor(fun() -> exit({result, Add(N)}) end).

down({P, Ref}) ->
    receive {'DOWN', Ref, process, P, {Reason, Stack}} when is_list(Stack) -> Reason; {'DOWN', Ref, process, P, Reason} -> Reason end.

wait_suspended(P) ->
    case process_info(P, status) of {status, suspended} -> ok; _ -> receive after 1 -> wait_suspended(P) end end.

load() ->
    Text = ["-module(purge_wait_code).", "-export([make/1, hold/0]).", "make(A) -> fun(X) -> A + X end.", "hold() -> fun(F) -> F(), ok end."],
    Forms = [begin {ok, Tokens, _} = erl_scan:string(L), {ok, F} = erl_parse:parse_form(Tokens), F end || L <- Text],
    {ok, Module, Code} = compile:forms(Forms, [deterministic]),
    {module, Module} = erlang:load_module(Module, Code).
