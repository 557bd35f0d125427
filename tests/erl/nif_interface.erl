%% A library in C (see support/probe_nif.c), compiled here, that tries the parts of the NIF interface; refusals of load_nif; upgrade, unload.
-module(nif_interface).
-export([main/1]).

-define(lib, nif_interface_lib).

main(_) ->
    Folder = build(),
    Code = module(?lib),
    {module, ?lib} = code:load_binary(?lib, "x", Code),
    t:show(?lib:load_nif("/no/such", 0)),
    t:show(t:try_it(fun() -> ?lib:load_nif(a, 0) end)),
    t:show(?lib:load_nif(Folder ++ "/probe1", 7)),
    t:show(element(2, ?lib:load_nif(Folder ++ "/empty", 0)) =/= ok),
    t:show(t:try_it(fun() -> ?lib:version() end)),
    t:show(apply(erlang, load_nif, [Folder ++ "/probe1", 0])),
    t:show(?lib:load_nif(Folder ++ "/probe1", 0)),
    t:show(?lib:load_nif(Folder ++ "/probe1", 0)),
    t:show([?lib:version(), length(?lib:module_info(nifs)), erlang:function_exported(?lib, version, 0)]),
    terms(),
    calls(),
    resources(),
    erlang:garbage_collect(),
    t:show(receive {gone, Gone} -> Gone after 2000 -> timeout end),
    selects(),
    t:show(?lib:queue_up([<<"ab">>, <<>>, binary:copy(<<"large ">>, 20), "c" =:= "d" orelse <<"end">>], 30)),
    t:show(t:try_it(fun() -> ?lib:queue_up([a], 1) end)),
    t:show(?lib:times()),
    upgrade(Folder, Code).

build() ->
    Source = filename:join(filename:dirname(proplists:get_value(source, module_info(compile))), "support/probe_nif.c"),
    Folder = filename:dirname(code:which(?MODULE)) ++ "/" ++ os:getpid(),
    ok = filelib:ensure_dir(Folder ++ "/x"),
    Compile = "cc -w -shared -fPIC -I" ++ code:root_dir() ++ "/usr/include -o " ++ Folder,
    [[] = os:cmd(Compile ++ "/probe" ++ V ++ ".so -DVERSION=" ++ V ++ " " ++ Source) || V <- ["1", "2"]],
    [] = os:cmd("echo 'int x;' > " ++ Folder ++ "/empty.c; " ++ Compile ++ "/empty.so " ++ Folder ++ "/empty.c"),
    Folder.

%% The library's module: stubs for all functions.
module(Name) ->
    Functions = [{version, 0}, {describe, 1}, {pairs, 1}, {raise, 1}, {travel, 2}, {dirty_cpu, 0}, {dirty_io, 0}, {dirty_raise, 1}, {dirty_send, 2},
                 {from_thread, 1}, {new_probe, 0}, {watch, 2}, {unwatch, 1}, {bytes_of, 1}, {call_dynamic, 3}, {select_on, 4}, {put, 2},
                 {take, 1}, {queue_up, 2}, {times, 0}],
    Stub = fun({F, A}) ->
        Arguments = lists:join(",", ["_" || _ <- lists:seq(1, A)]),
        lists:flatten([atom_to_list(F), "(", Arguments, ") -> erlang:nif_error(not_loaded)."])
    end,
    Texts = ["-module(" ++ atom_to_list(Name) ++ ").", "-compile(export_all).", "load_nif(F, I) -> R = erlang:load_nif(F, I), R."
             | [Stub(F) || F <- Functions]],
    Forms = [begin {ok, Tokens, _} = erl_scan:string(T), {ok, Form} = erl_parse:parse_form(Tokens), Form end || T <- Texts],
    {ok, Name, Code} = compile:forms(Forms, [nowarn_export_all]),
    Code.

terms() ->
    [t:show(?lib:describe(T)) || T <- [0, -5, 1 bsl 31, -(1 bsl 31), 1 bsl 40, 1 bsl 62, -(1 bsl 63), 1 bsl 63, 1 bsl 64, 1.5, -0.0, 1.0e300, ok,
        'a b', 'too long an atom', [], "abc", "abcdefg", [1 | 2], [300], {}, {a, "b"}, #{}, #{a => 1}, <<>>, <<"bin">>, <<1:3>>,
        maps:from_list([{I, I} || I <- lists:seq(1, 40)]), fun lists:map/2]],
    <<_:3, Odd:24/bitstring, _/bitstring>> = <<0:3, "odd", 0:5>>,
    t:show(?lib:describe(Odd)),
    [begin
         {There, Back, Ends} = ?lib:pairs(M),
         t:show({lists:sort(There) =:= lists:sort(maps:to_list(M)), length(There), Back =:= lists:reverse(There), Ends})
     end || M <- [#{}, #{a => 1, b => 2}, maps:from_list([{I, -I} || I <- lists:seq(1, 100)])]],
    t:show(t:try_it(fun() -> ?lib:pairs(x) end)),
    t:show(?lib:from_thread({[1, 2.5], <<"bin">>, binary:copy(<<"x">>, 100), #{k => "v"}, 1 bsl 100})),
    t:show(receive M -> M end).

calls() ->
    t:show([trace_of(fun() -> ?lib:raise(R) end) || R <- [badarg, {my, "reason"}]]),
    t:show(trace_of(fun() -> ?lib:dirty_raise(R = {big, binary:copy(<<"r">>, 100)}), R end)),
    t:show([?lib:dirty_cpu(), ?lib:dirty_io()]),
    traced_dirty_send(),
    t:show([?lib:travel(Where, []) || Where <- [[], [0], [1], [2], [0, 1, 2, 0, 0, 2, 2, 1, 1, 0]]]),
    t:show([trace_of(fun() -> ?lib:travel(Where, []) end) || Where <- [[stop], [1, stop], [2, 0, stop], [7]]]),
    Ps = [spawn_monitor(fun() -> exit([?lib:travel([N rem 3 || N <- lists:seq(1, 50)], []) || _ <- lists:seq(1, 20)]) end) || _ <- lists:seq(1, 10)],
    t:show([length(L) || L <- lists:usort([receive {'DOWN', R, _, _, L} -> L end || {_, R} <- Ps])]).

%% A dirty call is a turn of its own to a tracer, in which what it sends is told of.
traced_dirty_send() ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> receive go -> true = ?lib:dirty_send(Self, {sent, <<1:800>>}) end end),
    1 = erlang:trace(Pid, true, [send, running]),
    Pid ! go,
    receive {'DOWN', Monitor, process, Pid, normal} -> ok end,
    Delivered = erlang:trace_delivered(Pid),
    receive {trace_delivered, Pid, Delivered} -> ok end,
    receive {sent, <<1:800>>} -> ok end,
    Turns = (fun Told() ->
        receive
            {trace, Pid, InOrOut, _} -> [InOrOut | Told()];
            {trace, Pid, send, {sent, _}, Self} -> [send | Told()]
        after 0 -> []
        end
    end)(),
    t:show([{Before, After} || {Before, send, After} <- lists:zip3(lists:droplast([none | Turns]), Turns, tl(Turns) ++ [none])]).

%% Reason and the frames of the library's module.
trace_of(F) ->
    try F() catch C:R:S -> {C, R, [Frame || {?lib, _, _, _} = Frame <- S]} end.

resources() ->
    P = ?lib:new_probe(),
    t:show({is_reference(P), binary:copy(?lib:bytes_of(P))}),  % what is shown stays with the group leader
    {Pid, Ref} = spawn_monitor(fun() -> receive go -> ok end end),
    t:show(?lib:watch(P, Pid)),
    t:show(element(2, process_info(Pid, monitored_by)) -- [self()] =:= [P]),
    Pid ! go, receive {'DOWN', Ref, _, _, _} -> ok end,
    t:show(told()),
    t:show([?lib:watch(P, Pid), ?lib:unwatch(P), ?lib:watch(P, self()), ?lib:unwatch(P), ?lib:unwatch(P)]),
    t:show(t:try_it(fun() -> ?lib:watch(make_ref(), self()) end)),
    t:show([?lib:call_dynamic(M, N, T) || {M, N, T} <- [{?lib, probe, P}, {?lib, other, P}, {x, probe, P}, {?lib, probe, make_ref()}]]),
    t:show(?lib:call_dynamic(?lib, probe, binary_to_term(term_to_binary(P)))),
    %% The last reference is bytes of it.
    Keep = spawn(fun() -> B = ?lib:bytes_of(?lib:new_probe()), receive {show, To} -> To ! {bytes, B}, receive never -> B end end end),
    Keep ! {show, self()}, receive {bytes, B} -> t:show(binary:copy(B)) end,
    Self = self(),
    _ = spawn(fun() -> Self ! {done, element(1, {?lib:new_probe(), self()}) =/= x} end),
    receive {done, true} -> ok end.

told() -> receive {probe, What} -> What after 2000 -> timeout end.

selects() ->
    P = ?lib:new_probe(),
    R = make_ref(),
    t:show(?lib:select_on(P, 0, 1, R)),
    t:show(receive {select, _, _, _} -> early after 20 -> none end),
    t:show(?lib:put(P, ["hel", <<"lo">>])),
    t:show(receive {select, P, R, What} -> What after 2000 -> timeout end),
    t:show(?lib:take(P)),
    t:show(?lib:select_on(P, 1, 2, undefined)),
    t:show(receive {select, P, undefined, What1} -> What1 after 2000 -> timeout end),
    t:show([?lib:select_on(P, 0, 1, R), ?lib:select_on(P, 0, 1 bor 8, R), ?lib:select_on(P, 0, 1 bor 8, R)]),
    t:show(?lib:select_on(P, 0, 1 bor 16, {own, "message"})),
    ?lib:put(P, "x"),
    t:show(receive {own, M} -> M after 2000 -> timeout end),
    t:show(?lib:select_on(P, 0, 1, R) =:= 0),
    receive {select, P, R, ready_input} -> ok after 2000 -> t:show(timeout) end,
    t:show(?lib:select_on(P, 0, 4, undefined)),
    t:show(told()).

upgrade(Folder, Code) ->
    P = ?lib:new_probe(),
    {module, ?lib} = code:load_binary(?lib, "x", Code),
    t:show(t:try_it(fun() -> ?lib:version() end)),
    t:show(?lib:load_nif(Folder ++ "/probe2", 5)),
    t:show(?lib:load_nif(Folder ++ "/probe2", 0)),
    t:show(?lib:version()),
    t:show(is_reference(P) andalso ?lib:call_dynamic(?lib, probe, P)),
    t:show(code:purge(?lib)),
    t:show(?lib:bytes_of(P)),
    t:show([code:delete(?lib), code:purge(?lib)]),
    t:show(element(1, {ok, P})).
