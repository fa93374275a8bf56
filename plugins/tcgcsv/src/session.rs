//! One question: when were the files made, which sets exist, and then set by set products and prices.

use std::collections::{BTreeMap, VecDeque};

use cardmint_plugin_api::{
    Answer, ErrorClass, Failure, HttpRequest, HttpResponse, NoQuote, PrintingQuery, Query, Session, Shape, Step,
};

use crate::{
    find::{self, GroupMatch},
    parse::{self, PriceRow},
    quotes::Pricing,
    request::{self, CATEGORIES, Category},
};

/// A set's group with the printings looked for in it.
struct Job {
    category: Category,
    group_id: u64,
    printings: Vec<(PrintingQuery, GroupMatch)>,
}

enum State {
    Start,
    /// Sync only: the build's time was asked for alone, because an unchanged build ends the session.
    Dated,
    /// Asked for the groups of these categories, after the build's time if `dated`.
    Groups {
        categories: Vec<Category>,
        dated: bool,
    },
    Next,
    Group(Job),
}

/// One question on its way.
pub(crate) struct Asking {
    query: Query,
    state: State,
    jobs: VecDeque<Job>,
    observed_at_ms: Option<i64>,
    version: Option<String>,
    last_request: u32,
    groups_read: usize,
    missing: Option<Failure>,
    pending: Answer,
}

impl Asking {
    pub(crate) fn new(query: &Query) -> Self {
        Self {
            query: query.clone(),
            state: State::Start,
            jobs: VecDeque::new(),
            observed_at_ms: None,
            version: None,
            last_request: 0,
            groups_read: 0,
            missing: None,
            pending: Answer::default(),
        }
    }

    fn request_id(&mut self) -> u32 {
        self.last_request += 1;
        self.last_request
    }

    fn start(&mut self) -> Step {
        let covered =
            |printing: &PrintingQuery| CATEGORIES.iter().any(|category| category.language == printing.language);
        let (covered, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.query.printings).into_iter().partition(covered);
        let of_language =
            |printing: &PrintingQuery| (NoQuote::NOT_COVERED, format!("language {:?}", printing.language));
        self.pending.no_quotes.extend(others.iter().map(|printing| miss(printing, of_language(printing))));
        self.query.printings = covered;
        if self.query.printings.is_empty() {
            return Step::Done(std::mem::take(&mut self.pending));
        }
        let dated = request::last_updated(self.request_id());
        if self.query.shape == Shape::Sync && self.query.last_version.is_some() {
            self.state = State::Dated;
            return Step::Fetch(vec![dated]);
        }
        self.ask_groups(vec![dated])
    }

    fn ask_groups(&mut self, mut requests: Vec<HttpRequest>) -> Step {
        let wanted =
            |category: &Category| self.query.printings.iter().any(|printing| printing.language == category.language);
        let categories: Vec<Category> = CATEGORIES.into_iter().filter(wanted).collect();
        let dated = !requests.is_empty();
        for category in &categories {
            requests.push(request::groups(self.request_id(), *category));
        }
        self.state = State::Groups { categories, dated };
        Step::Fetch(requests)
    }

    fn read_date(&mut self, response: Option<&HttpResponse>) -> Result<(), Failure> {
        let (at_ms, text) = parse::last_updated(response.ok_or_else(too_few)?)?;
        self.observed_at_ms = Some(at_ms);
        self.version = Some(text);
        Ok(())
    }

    fn read_groups(&mut self, categories: &[Category], responses: &[HttpResponse]) -> Result<(), Failure> {
        let mut jobs: BTreeMap<(u32, u64), Job> = BTreeMap::new();
        for (index, category) in categories.iter().enumerate() {
            let groups = parse::groups(responses.get(index).ok_or_else(too_few)?)?;
            for printing in self.query.printings.iter().filter(|printing| printing.language == category.language) {
                match find::group(printing, &groups) {
                    Ok(found) => {
                        let new = || Job { category: *category, group_id: found.group_id, printings: Vec::new() };
                        let job = jobs.entry((category.id, found.group_id)).or_insert_with(new);
                        job.printings.push((printing.clone(), found.by));
                    }
                    Err(reason) => self.pending.no_quotes.push(miss(printing, reason)),
                }
            }
        }
        self.jobs = jobs.into_values().collect();
        Ok(())
    }

    /// Asks for the next group, or ends.
    fn next(&mut self) -> Step {
        let Some(job) = self.jobs.pop_front() else { return self.finish() };
        let requests = vec![
            request::products(self.request_id(), job.category, job.group_id),
            request::prices(self.request_id(), job.category, job.group_id),
        ];
        self.state = State::Group(job);
        Step::Fetch(requests)
    }

    /// Groups whose file is missing are passed over; when all of them are, the day's files are not there.
    fn finish(&mut self) -> Step {
        match self.missing.take() {
            Some(failure) if self.groups_read == 0 => Step::Failed(failure),
            _ => {
                let version = self.version.take();
                Step::Done(Answer { version, ..std::mem::take(&mut self.pending) })
            }
        }
    }

    fn read_group(&mut self, job: &Job, responses: &[HttpResponse]) -> Result<(), Failure> {
        let [products, prices] = responses else { return Err(too_few()) };
        let read = parse::products(products).and_then(|products| Ok((products, parse::prices(prices)?)));
        let (products, rows) = match read {
            Err(failure) if matches!(failure.class, ErrorClass::MissingFile | ErrorClass::NotCovered) => {
                let reason = |printing: &PrintingQuery| miss(printing, (NoQuote::NOT_COVERED, failure.message.clone()));
                self.pending.no_quotes.extend(job.printings.iter().map(|(printing, _)| reason(printing)));
                self.missing = Some(failure);
                return Ok(());
            }
            other => other?,
        };
        self.groups_read += 1;
        if rows.unreadable > 0 {
            let detail = format!("{} rows of group {} could not be read", rows.unreadable, job.group_id);
            let reason = NoQuote::BAD_PRICE.to_owned();
            self.pending.no_quotes.push(NoQuote { reason, detail, ..NoQuote::default() });
        }
        let mut by_product: BTreeMap<u64, Vec<&PriceRow<'_>>> = BTreeMap::new();
        for row in &rows.rows {
            by_product.entry(row.product_id).or_default().push(row);
        }
        for (printing, by) in &job.printings {
            match find::product(printing, &products, *by) {
                Err(reason) => self.pending.no_quotes.push(miss(printing, reason)),
                Ok(found) => {
                    let rows = by_product.get(&found.product.product_id).map_or(&[][..], Vec::as_slice);
                    let pricing = Pricing {
                        printing,
                        found: &found,
                        language: job.category.language,
                        observed_at_ms: self.observed_at_ms,
                        request: prices.id,
                    };
                    pricing.quote_rows(rows, &mut self.pending);
                }
            }
        }
        Ok(())
    }

    fn go_on(&mut self, responses: &[HttpResponse]) -> Result<Step, Failure> {
        match std::mem::replace(&mut self.state, State::Next) {
            State::Start => Ok(self.start()),
            State::Dated => {
                self.read_date(responses.first())?;
                if self.version == self.query.last_version {
                    let version = self.version.take();
                    return Ok(Step::Done(Answer { version, unchanged: true, ..std::mem::take(&mut self.pending) }));
                }
                Ok(self.ask_groups(Vec::new()))
            }
            State::Groups { categories, dated } => {
                if dated {
                    self.read_date(responses.first())?;
                }
                self.read_groups(&categories, responses.get(usize::from(dated)..).unwrap_or_default())?;
                Ok(self.next())
            }
            State::Group(job) => {
                self.read_group(&job, responses)?;
                // What is known is handed over before the next group, so that a sync never holds more than one.
                match self.jobs.is_empty() {
                    true => Ok(self.finish()),
                    false => Ok(Step::Partial(std::mem::take(&mut self.pending))),
                }
            }
            State::Next => Ok(self.next()),
        }
    }
}

impl Session for Asking {
    fn step(&mut self, responses: &[HttpResponse]) -> Step {
        self.go_on(responses).unwrap_or_else(Step::Failed)
    }
}

fn miss(printing: &PrintingQuery, (reason, detail): find::Miss) -> NoQuote {
    NoQuote { printing: printing.printing.clone(), reason: reason.to_owned(), detail, ..NoQuote::default() }
}

fn too_few() -> Failure {
    Failure::new(ErrorClass::Plugin, "the daemon gave fewer answers than were asked for")
}
