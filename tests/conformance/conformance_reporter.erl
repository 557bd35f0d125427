%% Runs one suite of common_test in this VM and writes down, line by line, what becomes of its cases.
%%
%% common_test itself does all that its contract promises: groups, init and end functions, timetraps, skips, comments. This
%% module listens in two roles. As event handler (gen_event) it hears of each case's end; as common_test hook it runs in the
%% process of a case before its init_per_testcase and so knows its group, its pid and when it started.
%%
%% The cases that the report already has from an earlier VM (one that died) are skipped without a word.
%%
%% A line of the report has fields with tabs between: plan GROUP CASE (all of them before anything runs), start GROUP CASE,
%% done GROUP CASE VERDICT SECONDS REASON, config FUNCTION REASON (a failed init or end function), end. Each line is
%% appended with its own open and close, so that a dying VM leaves all lines before.
-module(conformance_reporter).
-behaviour(gen_event).

-export([main/1]).
-export([init/1, handle_event/2, handle_call/2]).
-export([id/1, init/2, pre_init_per_testcase/4]).

-record(running, {key, group, started}).
-record(ended, {key}).

%% [Folder, Suite, LogFolder, Report, SecondsPerCase | Cases]: runs the cases, or all when none is named.
main([Folder, Suite, Logs, Report, Limit | Cases]) ->
    Module = list_to_atom(Suite),
    _ = ets:new(?MODULE, [named_table, public, {keypos, #running.key}]),
    ets:insert(?MODULE, [#ended{key = Key} || Key <- ended(Report)]),
    persistent_term:put(?MODULE, {Report, list_to_integer(Limit) * 1000}),
    [line([plan, Group, Case]) || {Group, Case} <- planned(Module), wanted(Case, Cases)],
    Result = ct:run_test([{dir, Folder}, {suite, Module}, {logdir, Logs}, {auto_compile, false}, {basic_html, true},
                          {ct_hooks, [?MODULE]}, {event_handler, [?MODULE]}
                          | [{testcase, [list_to_atom(Case) || Case <- Cases]} || Cases =/= []]]),
    io:format("~p~n", [Result]),
    line(['end']),
    erlang:halt(0).

%% [{ended, Group, Case}] that the report has, as texts.
ended(Report) ->
    {ok, Text} = file:read_file(Report),
    [{ended, Group, Case} || Line <- string:split(Text, "\n", all),
                             ["done", Group, Case | _] <- [string:split(unicode:characters_to_list(Line), "\t", all)]].

wanted(Case, Cases) ->
    Cases =:= [] orelse lists:member(atom_to_list(Case), Cases).

%% [{Group, Case}] of a suite as its all/0 and groups/0 say; Group is '-' outside of groups.
planned(Module) ->
    {module, _} = code:ensure_loaded(Module),
    Groups = case erlang:function_exported(Module, groups, 0) of
                 true -> Module:groups();
                 false -> []
             end,
    case Module:all() of
        {skip, _} -> [];
        All -> cases(All, '-', Groups)
    end.

cases(Entries, Group, Groups) ->
    lists:flatmap(fun(Entry) -> entry(Entry, Group, Groups) end, Entries).

entry({group, Name}, _, Groups) -> group(Name, Groups);
entry({group, Name, _}, _, Groups) -> group(Name, Groups);
entry({group, Name, _, _}, _, Groups) -> group(Name, Groups);
entry({testcase, Case, _}, Group, _) -> [{Group, Case}];
entry({Name, Properties, Entries}, _, Groups) when is_list(Properties) -> cases(Entries, Name, Groups);
entry({Name, Entries}, _, Groups) when is_list(Entries) -> cases(Entries, Name, Groups);
entry(Case, Group, _) when is_atom(Case) -> [{Group, Case}];
entry(_, _, _) -> [].

group(Name, Groups) ->
    case lists:keyfind(Name, 1, Groups) of
        {Name, _, Entries} -> cases(Entries, Name, Groups);
        {Name, Entries} -> cases(Entries, Name, Groups);
        false -> []
    end.

%% The hook.

id(_) ->
    ?MODULE.

%% After the suites' own hooks, which do not expect a configuration that says to skip.
init(?MODULE, _Options) ->
    {ok, undefined, 1000000}.

%% Runs in the process of the case. Whatever timetraps a suite sets, a case ends when its limit is over.
pre_init_per_testcase(Suite, Case, Config, State) ->
    Group = proplists:get_value(name, proplists:get_value(tc_group_properties, Config, []), '-'),
    case ets:member(?MODULE, {ended, atom_to_list(Group), atom_to_list(Case)}) of
        true -> {{skip, ?MODULE}, State};
        false -> {start(Suite, Group, Case, Config), State}
    end.

start(Suite, Group, Case, Config) ->
    ets:insert(?MODULE, #running{key = {Suite, Case}, group = Group, started = erlang:monotonic_time(millisecond)}),
    line([start, Group, Case]),
    Pid = self(),
    {_, Limit} = persistent_term:get(?MODULE),
    spawn(fun() -> watch(Pid, Limit) end),
    Config.

watch(Pid, Limit) ->
    Monitor = erlang:monitor(process, Pid),
    receive
        {'DOWN', Monitor, process, Pid, _} -> ok
    after Limit ->
        exit(Pid, kill)
    end.

%% The event handler.

init(_) ->
    {ok, undefined}.

handle_call(_, State) ->
    {ok, ok, State}.

handle_event({event, tc_done, _Node, {Suite, Case, Result}}, State) when is_atom(Case) ->
    case is_config(Case) of
        true -> config(Case, Result);
        false -> done(Suite, Case, Result)
    end,
    {ok, State};
handle_event({event, tc_done, _Node, {_, {Function, Group, _}, Result}}, State) ->
    config([atom_to_list(Function), $ , name(Group)], Result),
    {ok, State};
handle_event({event, tc_auto_skip, _Node, {Suite, Case, Reason}}, State) ->
    skipped(Suite, Case, failed, Reason),
    {ok, State};
handle_event({event, tc_user_skip, _Node, {Suite, Case, Reason}}, State) ->
    skipped(Suite, Case, skipped, Reason),
    {ok, State};
handle_event(_, State) ->
    {ok, State}.

is_config(Case) ->
    lists:member(Case, [init_per_suite, end_per_suite, init_per_group, end_per_group, error_in_suite]).

config(_, ok) -> ok;
config(Function, Result) -> line([config, Function, reason(Result)]).

skipped(Suite, {Case, Group}, Verdict, Reason) ->
    case is_config(Case) of
        true -> ok;
        false -> report(Suite, Group, Case, Verdict, 0, Reason)
    end;
skipped(Suite, Case, Verdict, Reason) ->
    skipped(Suite, {Case, '-'}, Verdict, Reason).

done(_, _, {skipped, ?MODULE}) ->
    ok;
done(Suite, Case, Result) ->
    {Group, Milliseconds} =
        case ets:take(?MODULE, {Suite, Case}) of
            [#running{group = Name, started = Started}] -> {Name, erlang:monotonic_time(millisecond) - Started};
            [] -> {'-', 0}
        end,
    {Verdict, Reason} = verdict(Result),
    report(Suite, Group, Case, Verdict, Milliseconds, Reason).

%% A case that common_test skips because something before it failed has not passed: it counts as failed.
verdict(ok) -> {ok, ""};
verdict({skipped, Reason}) -> {skipped, Reason};
verdict({auto_skipped, Reason}) -> {failed, Reason};
verdict({failed, {error, Reason}}) -> {failed, Reason};
verdict({failed, Reason}) -> {failed, Reason};
verdict(Other) -> {failed, Other}.

report(_Suite, Group, Case, Verdict, Milliseconds, Reason) ->
    line([done, Group, Case, Verdict, io_lib:format("~.2f", [Milliseconds / 1000]), reason(Reason)]).

reason("") -> "";
reason(Reason) ->
    Text = try io_lib:format("~ts", [Reason]) catch error:_ -> io_lib:format("~0tP", [Reason, 40]) end,
    string:slice(re:replace(Text, "\\s+", " ", [global, unicode, {return, list}]), 0, 400).

line(Fields) ->
    {Report, _} = persistent_term:get(?MODULE),
    Text = lists:join($\t, [name(Field) || Field <- Fields]),
    ok = file:write_file(Report, [unicode:characters_to_binary([Text, $\n])], [append, raw]).

name(Atom) when is_atom(Atom) -> atom_to_list(Atom);
name(Text) -> Text.
