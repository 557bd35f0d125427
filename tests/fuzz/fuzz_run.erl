%% Makes and runs the programs of fuzz_gen. Every result is one line: what is run, a tab, the result as text.
-module(fuzz_run).
-export([make/1, run/1, shrink/1, print/1]).

%% make [Dir, FirstSeed, Programs]: compiles modules p<Seed> to Dir, and writes {Options, Functions} to Dir/p<Seed>.term.
make([Dir, First, Count]) ->
    S0 = list_to_integer(First),
    [make_one(Dir, S) || S <- lists:seq(S0, S0 + list_to_integer(Count) - 1)],
    halt(0).

make_one(Dir, Seed) ->
    Module = list_to_atom("p" ++ integer_to_list(Seed)),
    Options = lists:nth(1 + Seed rem length(option_sets()), option_sets()),
    %% A function that does not compile (an unsafe variable, say) is left out.
    Functions = [F || F <- fuzz_gen:program(Seed, 12), compiled(fuzz_gen:forms(Module, [F]), Options) =/= none],
    compile_to(Dir, Module, {Options, Functions}).

%% Every other program is compiled as usual; the others without some of the compiler's passes, or for older releases.
option_sets() ->
    NoSsa = [no_bool_opt, no_share_opt, no_bsm_opt, no_fun_opt, no_ssa_opt, no_recv_opt],
    lists:append([[[], O] || O <- [[no_copt, no_postopt | NoSsa], NoSsa, [no_copt], [no_type_opt], [no_postopt], [inline, {inline_size, 100}], [r23], [r24], [no_module_opt, no_copt | NoSsa]]]).

compile_to(Dir, Module, {Options, Functions}) ->
    case compiled(fuzz_gen:forms(Module, Functions), Options) of
        none -> ok;
        Beam ->
            ok = file:write_file(filename:join(Dir, atom_to_list(Module) ++ ".beam"), Beam),
            ok = file:write_file(filename:join(Dir, atom_to_list(Module) ++ ".term"), io_lib:format("~w.~n", [{Options, Functions}]))
    end.

compiled(Forms, Options) ->
    try compile:forms(Forms, [binary, nowarn_unused_vars | Options]) of {ok, _, Beam} -> Beam; {ok, _, Beam, _} -> Beam; _ -> none catch _:_ -> none end.

%% run [Dir, FirstSeed, Calls]: all modules of Dir, then random calls from the seed on.
run([Dir, First, Calls]) ->
    group_leader(whereis(user), self()),
    io:setopts([{encoding, unicode}]),
    [run_module(F) || F <- lists:sort(filelib:wildcard(filename:join(Dir, "p*.beam")))],
    lists:foreach(fun({M, F, A}) -> line(io_lib:format("~w:~w~w", [M, F, A]), fun() -> apply(M, F, A) end) end,
        fuzz_gen:calls(list_to_integer(First), list_to_integer(Calls))),
    halt(0).

run_module(File) ->
    Module = list_to_atom(filename:basename(File, ".beam")),
    {ok, Beam} = file:read_file(File),
    case code:load_binary(Module, File, Beam) of
        {module, Module} -> [line(io_lib:format("~w:~w", [Module, F]), fun() -> Module:F() end) || {F, 0} <- Module:module_info(exports), F =/= module_info];
        Error -> line(atom_to_list(Module), fun() -> Error end)
    end.

%% One process a run, with limits on time and memory; what reaches them has no result to compare.
line(What, Fun) ->
    {Pid, Monitor} = spawn_opt(fun() -> exit({result, result(Fun)}) end, [monitor, {max_heap_size, #{size => 8000000, kill => true, error_logger => false}}]),
    Text = receive
        {'DOWN', Monitor, process, Pid, {result, R}} -> R;
        {'DOWN', Monitor, process, Pid, killed} -> "limit";
        {'DOWN', Monitor, process, Pid, Other} -> io_lib:format("ended ~0tp", [Other])
    after 5000 -> exit(Pid, kill), "limit" end,
    io:put_chars([What, $\t, Text, $\n]).

result(Fun) ->
    try Fun() of
        Value -> unicode:characters_to_list(io_lib:format("~0tp", [plain(Value)]))
    catch
        Class:Reason:Stack ->
            Explained = case Stack of [Frame | _] -> explained(Class, Reason, Frame); [] -> "" end,
            unicode:characters_to_list(io_lib:format("~w ~0tp ~0tp", [Class, plain(Reason), lists:flatten(Explained)]))
    end.

%% The explanation of a native's error. A large map is shown in an order that may differ; erlang:md5/1 of long data goes on in OTP under
%% a name of its own.
explained(Class, Reason, {_, F, A, _} = Frame) when is_list(A) ->
    case lists:member(F, [md5, md5_trap]) orelse has_large_map(A) of true -> ""; false -> without_references(lists:flatten(erl_error:format_exception(Class, Reason, [Frame]))) end;
explained(_, _, _) -> "".

without_references("#Ref<" ++ Text) -> "reference" ++ without_references(tl(lists:dropwhile(fun(C) -> C =/= $> end, Text)));
without_references([C | Text]) -> [C | without_references(Text)];
without_references([]) -> [].

has_large_map(M) when is_map(M) -> map_size(M) > 32 orelse has_large_map(maps:to_list(M));
has_large_map([H | T]) -> has_large_map(H) orelse has_large_map(T);
has_large_map(T) when is_tuple(T) -> has_large_map(tuple_to_list(T));
has_large_map(_) -> false.

%% Without what may differ: large maps' order, funs' names, stacktraces.
plain(M) when is_map(M) -> {map, lists:sort([{plain(K), plain(V)} || {K, V} <- maps:to_list(M)])};
plain(F) when is_function(F) -> {function, erlang:fun_info(F, arity)};
plain([H | T]) -> case is_frame(H) of true -> frames; false -> [plain(H) | plain(T)] end;
plain(T) when is_tuple(T) -> list_to_tuple([plain(E) || E <- tuple_to_list(T)]);
plain(R) when is_reference(R); is_pid(R); is_port(R) -> identity;
plain(T) -> T.
is_frame({M, F, A, L}) when is_atom(M), is_atom(F), is_list(L) -> is_integer(A) orelse is_list(A);
is_frame(_) -> false.

%% shrink [TermFile, Function, Out]: compiles it and simpler ones to Out, a module each, in order: first itself, then the simplest first.
shrink([File, Name, Out]) ->
    {ok, [{Options, Functions}]} = file:consult(File),
    Function = lists:keyfind(list_to_atom(Name), 1, Functions),
    Candidates = lists:sublist([Function | fuzz_gen:smaller(Function)], 400),
    [compile_to(Out, list_to_atom("p" ++ integer_to_list(I)), {Options, [C]}) || {I, C} <- lists:enumerate(0, Candidates)],
    halt(0).

%% print [TermFile, Function]: its source, and how it was compiled.
print([File, Name]) ->
    {ok, [{Options, Functions}]} = file:consult(File),
    {_, E} = lists:keyfind(list_to_atom(Name), 1, Functions),
    io:put_chars(["  ", erl_pp:expr(E, 2, none), $\n]),
    Options =:= [] orelse io:format("  compiled with ~w~n", [Options]),
    halt(0).
