(() => {
  const { AdminJS, Easel, React } = window;
  const { Cards, Health, Plot, Rows, formats, listOf, tellSpan, useWords } = Easel;
  const element = React.createElement;
  const spans = [1, 7, 30, 90];
  /** Should the server not say how long to wait. */
  const usualRefreshMs = 15_000;

  /** Asks again and again while the page is looked at; keeps what was last told when it cannot be had. */
  function useLive(address) {
    const [shown, show] = React.useState({ address, data: null, failed: false });
    React.useEffect(() => {
      let timer = null;
      let gone = false;
      const ask = async () => {
        clearTimeout(timer);
        let waitMs = usualRefreshMs;
        try {
          const response = await fetch(address, { headers: { accept: 'application/json' } });
          if (response.status === 401) return Easel.signIn();
          if (!response.ok) throw new Error(`answered ${response.status}`);
          const data = await response.json();
          waitMs = data.refreshMs;
          if (!gone) show({ address, data, failed: false });
        } catch {
          if (!gone) show((last) => ({ ...last, failed: true }));
        }
        if (!gone && !document.hidden) timer = setTimeout(ask, waitMs);
        return undefined;
      };
      const wake = () => (document.hidden ? clearTimeout(timer) : ask());
      document.addEventListener('visibilitychange', wake);
      ask();
      return () => {
        gone = true;
        clearTimeout(timer);
        document.removeEventListener('visibilitychange', wake);
      };
    }, [address]);
    return shown;
  }

  function readSpan() {
    const asked = Number(new URLSearchParams(window.location.search).get('days'));
    return spans.includes(asked) ? asked : 7;
  }

  function Dashboard() {
    const { translateLabel } = AdminJS.useTranslation();
    const say = useWords();
    const [days, chooseDays] = React.useState(readSpan);
    const { data, failed } = useLive(`/admin/overview/figures?days=${days}`);
    const health = useLive('/admin/overview/health');
    const choose = (span) => {
      chooseDays(span);
      // So that a link to the page leads to the same days.
      window.history.replaceState(window.history.state, '', `?days=${span}`);
    };
    return element(
      'main',
      { className: 'easel-overview' },
      element(
        'header',
        { className: 'easel-head' },
        element('h1', null, translateLabel('dashboard')),
        element(Spans, { say, days, choose }),
      ),
      element(AsOf, { say, data, failed }),
      data && element(Now, { say, data }),
      data && element(Totals, { say, data }),
      data && element(Plots, { say, data }),
      data && element(Money, { say, data }),
      data && element(Tables, { say, data }),
      element(Health, { say, health: health.data, failed: health.failed }),
    );
  }

  function Spans({ say, days, choose }) {
    return element(
      'fieldset',
      { className: 'easel-spans' },
      element('legend', { className: 'easel-hidden' }, say('range')),
      spans.map((span) =>
        element(
          'label',
          { key: span },
          element('input', { type: 'radio', name: 'days', checked: span === days, onChange: () => choose(span) }),
          element('span', null, say(`range_${span}`)),
        ),
      ),
    );
  }

  /** When the figures were true, and whether something is amiss with them. */
  function AsOf({ say, data, failed }) {
    const at = (time) => formats.clockTime(new Date(time));
    const hour = 3_600_000;
    const late = data && (!data.rolledUpAt || Date.parse(data.asOf) - Date.parse(data.rolledUpAt) > hour);
    const told = [data && say(failed ? 'stale' : 'as_of', { time: at(data.asOf) }), say('utc')];
    if (data && !data.rolledUpAt) told.push(say('never_rolled_up'));
    else if (data)
      told.push(
        late
          ? say('rolled_late', { time: formats.moment(new Date(data.rolledUpAt)) })
          : say('rolled_up', { time: at(data.rolledUpAt) }),
      );
    return element(
      React.Fragment,
      null,
      element('p', { className: 'easel-quiet' }, data ? told.filter(Boolean).join(' ') : !failed && say('updating')),
      element(
        'p',
        { role: 'status', className: failed ? 'easel-card easel-alarming' : 'easel-hidden' },
        failed && say('failed', { seconds: usualRefreshMs / 1000 }),
      ),
    );
  }

  function Now({ say, data: { queue } }) {
    const waiting = listOf('Generation', { view: 'waiting' });
    return element(Cards, {
      title: say('now'),
      cards: [
        { name: say('waiting'), value: formats.number(queue.waiting), to: waiting },
        { name: say('running'), value: formats.number(queue.running), to: listOf('Generation', { view: 'underway' }) },
        {
          name: say('oldest_wait'),
          value: tellSpan(say, queue.oldestWaitSeconds),
          to: `${waiting}&sortBy=createdAt&direction=asc`,
          alarming: queue.oldestWaitSeconds > 120,
        },
        { name: say('usual_wait'), value: tellSpan(say, queue.usualWaitSeconds), to: '/admin/queues/' },
      ],
    });
  }

  const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);
  const rateOf = ({ succeeded, failed }) =>
    succeeded + failed ? formats.share(succeeded / (succeeded + failed)) : '–';

  function Totals({ say, data: { days, from } }) {
    const since = { 'createdAt~~from': from };
    const [succeeded, failed] = [sum(days, 'succeeded'), sum(days, 'failed')];
    const name = days.length === 1 ? 'range_1' : `range_${days.length}`;
    return element(Cards, {
      title: say(name),
      cards: [
        { name: say('images'), value: formats.number(sum(days, 'images')), to: listOf('Image', since) },
        { name: say('requests'), value: formats.number(sum(days, 'requested')), to: listOf('Generation', since) },
        {
          name: say('success'),
          value: rateOf({ succeeded, failed }),
          to: listOf('Generation', { ...since, view: 'tried' }),
        },
        {
          name: say('failed_requests'),
          value: formats.number(failed),
          to: listOf('Generation', { ...since, state: 'failed' }),
        },
        { name: say('new_members'), value: formats.number(sum(days, 'newMembers')), to: listOf('Account', since) },
      ],
    });
  }

  function Plots({ say, data: { days } }) {
    const { series, labels } = React.useMemo(() => {
      const of = (name) => days.map((day) => day[name]);
      return {
        labels: days.map(({ day }) => day),
        series: {
          images: [{ name: say('images'), values: of('images'), color: 0 }],
          members: [
            { name: say('active_members'), values: of('members'), line: true, color: 0 },
            { name: say('new_members'), values: of('newMembers'), line: true, color: 1 },
          ],
          requests: [
            { name: say('succeeded_requests'), values: of('succeeded'), color: 2 },
            { name: say('failed_requests'), values: of('failed'), color: 3 },
          ],
        },
      };
    }, [days]);
    const common = { days: labels, dayLabel: say('day'), format: formats.number };
    return element(
      'section',
      { className: 'easel-side easel-thirds' },
      element(Plot, { ...common, title: say('images'), series: series.images }),
      element(Plot, { ...common, title: say('members'), series: series.members }),
      element(Plot, { ...common, title: say('requests_per_day'), series: series.requests, stacked: true }),
    );
  }

  function Money({ say, data }) {
    const { days, recurring, sales, unpaid, ending, from } = data;
    const dollars = formats.money('usd');
    const currencies = [...new Set(sales.map(({ currency }) => currency))];
    const plots = React.useMemo(() => {
      const labels = days.map(({ day }) => day);
      const sold = (currency) =>
        labels.map((day) => sales.find((sale) => sale.day === day && sale.currency === currency)?.amount ?? 0);
      return {
        labels,
        cost: [{ name: say('cost'), values: days.map(({ costMicros }) => costMicros / 1e6), color: 3 }],
        sales: currencies.map((currency, color) => ({ name: currency.toUpperCase(), values: sold(currency), color })),
      };
    }, [days, sales]);
    const common = { days: plots.labels, dayLabel: say('day') };
    const monthly = recurring.map(({ currency, active, monthly: amount }) => ({
      name: `${say('recurring')} (${currency.toUpperCase()}, ${formats.number(active)})`,
      value: formats.money(currency)(amount),
      to: listOf('Subscription', { view: 'paying', currency }),
    }));
    const packs = currencies.map((currency) => ({
      name: `${say('sales')} (${currency.toUpperCase()})`,
      value: formats.money(currency)(
        sum(
          sales.filter((sale) => sale.currency === currency),
          'amount',
        ),
      ),
      to: listOf('Purchase', { 'createdAt~~from': from, currency }),
    }));
    return element(
      React.Fragment,
      null,
      element(Cards, {
        title: say('money_in'),
        cards: [
          {
            name: say('active_subscriptions'),
            value: formats.number(sum(recurring, 'active')),
            to: listOf('Subscription', { view: 'paying' }),
          },
          ...monthly,
          ...packs,
          {
            name: say('unpaid'),
            value: formats.number(unpaid),
            to: listOf('Subscription', { view: 'unpaid' }),
            alarming: unpaid > 0,
          },
          { name: say('ending'), value: formats.number(ending), to: listOf('Subscription', { view: 'ending' }) },
        ],
      }),
      element(Cards, {
        title: say('money_out'),
        cards: [
          {
            name: say('cost'),
            value: dollars(sum(days, 'costMicros') / 1e6),
            to: listOf('Generation', { 'createdAt~~from': from, state: 'succeeded' }),
          },
        ],
      }),
      element(
        'section',
        { className: 'easel-side' },
        element(Plot, { ...common, title: say('cost_per_day'), series: plots.cost, format: dollars }),
        sales.length > 0 &&
          element(Plot, { ...common, title: say('sales_per_day'), series: plots.sales, format: formats.number }),
      ),
    );
  }

  /** For a filter: all of a text, not a part of it. */
  const whole = (text) => `"${text}"`;

  function Tables({ say, data: { models, failures, members, servers, from } }) {
    const since = { 'createdAt~~from': from };
    const nothing = say('nothing');
    const { number } = formats;
    return element(
      'section',
      { className: 'easel-side' },
      element(Rows, {
        ...{ title: say('models'), nothing },
        headings: [say('model'), say('provider'), say('requests'), say('rate'), say('images'), say('cost')],
        rows: models.map((each) => ({
          key: `${each.provider} ${each.model}`,
          cells: [
            each.model,
            each.provider,
            {
              text: number(each.requested),
              to: listOf('Generation', { ...since, model: whole(each.model), provider: whole(each.provider) }),
            },
            rateOf(each),
            number(each.images),
            formats.money('usd')(each.costMicros / 1e6),
          ],
        })),
      }),
      element(Rows, {
        ...{ title: say('causes'), nothing },
        headings: [say('cause'), say('count')],
        rows: failures.map(({ cause, failed }) => ({
          key: cause,
          cells: [cause, { text: number(failed), to: listOf('Generation', { ...since, errorCode: whole(cause) }) }],
        })),
      }),
      element(Rows, {
        ...{ title: say('top_members'), nothing },
        headings: [say('member'), say('images'), say('requests'), say('cost')],
        rows: members.map(({ id, email, images, requested, costMicros }) => ({
          key: id,
          cells: [
            { text: email, to: `/admin/resources/Account/records/${id}/show` },
            { text: number(images), to: listOf('Image', { ...since, account: id }) },
            { text: number(requested), to: listOf('Generation', { ...since, account: id }) },
            formats.money('usd')(costMicros / 1e6),
          ],
        })),
      }),
      element(Rows, {
        ...{ title: say('servers'), nothing },
        headings: [say('server'), say('requests'), say('last_used')],
        rows: servers.map(({ id, name, requests, lastUsedAt }) => ({
          key: id,
          cells: [
            { text: name || id, to: `/admin/resources/ChatServer/records/${id}/show` },
            number(requests),
            formats.moment(new Date(lastUsedAt)),
          ],
        })),
      }),
    );
  }

  AdminJS.UserComponents.Dashboard = Dashboard;
})();
