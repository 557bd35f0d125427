%% flags: +S 4:4
%% Code that changes while processes run it: loads, purges (soft and hard), deletions, funs of old code, and processes that spin.
-module(upgrades).
-export([main/1]).

main(_) ->
    Versions = [version(N) || N <- [1, 2, 3, 4]],
    t:show(spinning(Versions)),
    t:show(callers(Versions)),
    t:show(soft(Versions)),
    t:show(many_modules()),
    t:show(deleted(hd(Versions))).

version(N) -> compiled(stress_code, N).

compiled(Name, N) ->
    Forms = [{attribute, 1, module, Name}, {attribute, 2, compile, export_all},
        {function, 3, version, 0, [{clause, 3, [], [], [{integer, 3, N}]}]},
        parsed("loop(Pid) -> Pid ! {version, self(), version()}, receive next -> " ++ atom_to_list(Name) ++ ":loop(Pid) end."),
        parsed("spin(N) -> spin(N + 1)."),
        parsed("adder(X) -> fun(Y) -> X + Y + version() end."),
        parsed("literal() -> {literal, [1,2,3,\"text\"], #{a => " ++ integer_to_list(N) ++ "}}.")],
    {ok, Name, Beam} = compile:forms(Forms, [nowarn_export_all]),
    Beam.

parsed(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Form} = erl_parse:parse_form(Tokens),
    Form.

load(Beam) ->
    code:purge(stress_code),
    {module, stress_code} = code:load_binary(stress_code, "stress_code.beam", Beam).

%% Processes that never wait are found in the old code and killed at the next but one load; 40 loads in a row.
spinning(Versions) ->
    load(hd(Versions)),
    Ends = lists:append([begin
        load(V),
        Ps = [spawn_monitor(stress_code, spin, [0]) || _ <- lists:seq(1, 6)],
        load(V),
        code:purge(stress_code),
        [receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Ps]
    end || _ <- lists:seq(1, 5), V <- Versions]),
    {length(Ends), lists:usort(Ends)}.

%% External calls find a whole version, always: the one before or the one after.
callers(Versions) ->
    load(hd(Versions)),
    Call = fun() ->
        V = stress_code:version(),
        true = lists:member(V, [1, 2, 3, 4]),
        {literal, [1, 2, 3, "text"], #{a := A}} = stress_code:literal(),
        true = lists:member(A, [1, 2, 3, 4])
    end,
    Loader = fun() -> load(lists:nth(rand:uniform(4), Versions)) end,
    stress:parallel(1500, [Loader | [Call || _ <- lists:seq(1, 4)]]).

%% Processes that go to the new code when told survive soft purges; literals they hold stay whole.
soft(Versions) ->
    load(hd(Versions)),
    Self = self(),
    Ps = [spawn_link(stress_code, loop, [Self]) || _ <- lists:seq(1, 20)],
    [receive {version, P, 1} -> ok end || P <- Ps],
    Held = [stress_code:literal() | lists:append([begin
        {module, _} = code:load_binary(stress_code, "stress_code.beam", V),
        false = code:soft_purge(stress_code),
        [P ! next || P <- Ps],
        [receive {version, P, N} -> ok end || P <- Ps],
        true = code:soft_purge(stress_code),
        [stress_code:literal()]
    end || _ <- [1, 2, 3], {N, V} <- lists:zip([2, 3, 4, 1], tl(Versions) ++ [hd(Versions)])])],
    [begin unlink(P), exit(P, kill) end || P <- Ps],
    Held.

%% Several processes load several modules at once.
many_modules() ->
    Names = [list_to_atom("stress_code_" ++ integer_to_list(N)) || N <- lists:seq(1, 6)],
    Beams = [{Name, compiled(Name, 7)} || Name <- Names],
    Fun = fun() ->
        {Name, Beam} = lists:nth(rand:uniform(6), Beams),
        case rand:uniform(3) of
            1 -> code:load_binary(Name, "x", Beam);
            2 -> code:purge(Name), code:delete(Name);
            3 -> try 7 = Name:version() catch error:undef -> ok end
        end
    end,
    Reasons = stress:parallel(1500, [Fun || _ <- lists:seq(1, 5)]),
    [begin code:purge(Name), code:delete(Name), code:purge(Name) end || Name <- Names],
    Reasons.

deleted(Beam) ->
    load(Beam),
    Add = stress_code:adder(10),
    11 = Add(0),
    code:delete(stress_code),
    12 = Add(1),
    {P, M} = spawn_monitor(fun() -> Add(2), receive never -> Add end end),
    code:purge(stress_code),
    exit(P, kill),
    receive {'DOWN', M, process, P, _} -> ok end,
    t:try_it(fun() -> Add(3) end).
